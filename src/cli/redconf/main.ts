import { takeCompat } from "../compat_variable.ts";
import { getopt, GetoptError } from "../getopt.ts";
import { type Kind, narrow } from "../narrow.ts";
import { launcherEnvironment } from "../launch_environment.ts";
import { type Manner, reportError } from "../report.ts";
import { writeMessage, writeOutput } from "../write.ts";
import { directoryOperand } from "./node_operand.ts";
import { HELP, type UsageRow, usageText } from "./usage.ts";

const GLOBAL_OPTIONS: readonly UsageRow[] = [
  { long: ["verbose"], short: "v", value: "optional", brief: "tell more: once more, or up to a level" },
  { long: ["yaml"], short: "y", value: "none", brief: "print YAML" },
  { long: ["log-yaml"], short: "l", value: "required", brief: "accepted, without effect" },
  HELP,
];

const REDPATH: UsageRow = { long: ["redpath"], short: "r", value: "required", brief: "directory of the node" };
const REDROOT: UsageRow = { long: ["redroot"], short: "r", value: "required", brief: "directory of the top node" };
const EXPAND: UsageRow = { long: ["expand"], short: "e", value: "none", brief: "accepted: values are expanded anyway" };

type Environment = Readonly<Record<string, string>>;

interface Command {
  readonly brief: string;
  readonly operands: string;
  readonly needs: (environment: Environment) => readonly Kind[];
  readonly options: () => Promise<readonly UsageRow[]>;
  /** @returns what it prints */
  readonly run: (words: readonly string[], environment: Environment, yaml: boolean) => Promise<string>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  create: {
    brief: "create or update a node",
    operands: "[REDPATH [REDROOT]]",
    needs: () => ["read", "write"],
    options: () => import("./create.ts").then((module) => module.CREATE_OPTIONS),
    run: async (words, environment) => {
      await import("./create.ts").then((module) => module.create(words, environment));
      return "";
    },
  },
  config: inDirectory("print the configuration of a node and of its ancestors", [REDPATH, HELP], () => ["read"], {
    print: async (directory, yaml) => (await import("./config.ts")).configText(directory, yaml),
  }),
  mergeconfig: inDirectory("print the merged configuration of a node", [REDPATH, EXPAND, HELP], mergeconfigNeeds, {
    print: async (directory, _, environment) => {
      return (await import("./mergeconfig.ts")).mergeconfigText(directory, takeCompat(environment));
    },
  }),
  tree: inDirectory("print the nodes below a node", [REDROOT, HELP], () => ["read"], {
    print: async (directory) => (await import("./tree.ts")).treeText(directory),
  }),
};

/** With compat, it runs the commands whose output it prints. */
function mergeconfigNeeds(environment: Environment): readonly Kind[] {
  return takeCompat(environment).compat === "no" ? ["read", "sys"] : ["read", "sys", "ffi", "run"];
}

function inDirectory(
  brief: string,
  options: readonly UsageRow[],
  needs: Command["needs"],
  { print }: { print: (directory: string, yaml: boolean, environment: Environment) => Promise<string> },
): Command {
  return {
    brief,
    operands: "[DIR]",
    needs,
    options: () => Promise.resolve(options),
    run: (words, environment, yaml) => {
      return print(directoryOperand(words, options, options[0]?.long[0] ?? "").directory, yaml, environment);
    },
  };
}

/** The program `redconf` of redpak 2.5. */
export async function redconf(): Promise<never> {
  let manner: Manner = { json: false, quiet: false, verbose: false, color: { stdout: false, stderr: false } };
  let help = overview();
  try {
    const environment = launcherEnvironment();
    const { options, operands: [name, ...words] } = getopt(Deno.args, GLOBAL_OPTIONS, true);
    manner = { ...manner, verbose: options.some((option) => option.name === "verbose") };
    if (options.some((option) => option.name === "help")) Deno.exit(print(help));
    if (name === undefined) throw new GetoptError("a command is missing");
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) throw new GetoptError(`there is no command '${name}'`);
    narrow(command.needs(environment));
    const rows = await command.options();
    help = usageText(`redconf ${name} [OPTIONS] ${command.operands}`, `${command.brief}.`, rows);
    if (getopt(words, rows).options.some((option) => option.name === "help")) Deno.exit(print(help));
    const yaml = options.some((option) => option.name === "yaml");
    Deno.exit(print(await command.run(words, environment, yaml)));
  } catch (error) {
    if (error instanceof GetoptError) {
      writeMessage(`redconf: ${error.message}\n`);
      writeOutput(help);
    } else {
      reportError(error, manner, 1);
    }
    Deno.exit(1);
  }
}

function print(text: string): 0 {
  if (text !== "") writeOutput(text);
  return 0;
}

function overview(): string {
  const commands = Object.fromEntries(Object.entries(COMMANDS).map(([name, { brief }]) => [name, brief]));
  return usageText("redconf [OPTIONS] COMMAND [OPTIONS]", "Creates and shows nodes.", GLOBAL_OPTIONS, commands);
}
