import { EXIT, type ExitCode } from "../core/exit_code.ts";
import type { CommandRow } from "./command_row.ts";
import { type CommandName, COMMANDS, commandsOf, isCommand, publicCommands, secondWord } from "./commands.ts";
import { readGlobals } from "./globals.ts";
import type { Invocation, Output } from "./invocation.ts";
import { invokedAs, launcherEnvironment } from "./launch_environment.ts";
import { LOADERS } from "./loaders.ts";
import { narrow } from "./narrow.ts";
import { needsOf } from "./needs.ts";
import { readPlainFlags } from "./plain_flags.ts";
import { loadProgram } from "./programs.ts";
import { type Manner, reportError, reportOutput } from "./report.ts";
import { FILE_CHECK } from "./worker_names.ts";
import { type SplitWords, splitWords, usage } from "./split_words.ts";

/**
 * From the command line to the exit code. Imports only what reading the command line needs: the code of a command comes
 * after the permissions that it does not need are gone.
 */
async function main(): Promise<never> {
  // Until the command line is understood: as a program would want to hear that it is not.
  let manner: Manner = {
    json: Deno.args.includes("--json"),
    quiet: false,
    verbose: false,
    color: { stdout: false, stderr: false },
  };
  let failed: ExitCode = EXIT.failed;
  try {
    const environment = launcherEnvironment();
    const words = splitWords(Deno.args);
    const globals = readGlobals(words.globals, environment);
    manner = globals;
    if (words.command === undefined && words.flags.length === 0 && !words.globals.help) {
      const { summary } = await import("./command/help.ts");
      Deno.exit(reportOutput(summary(), manner));
    }
    const [name, operands] = await chooseCommand(words);
    if (name === "run" || name === "enter") failed = EXIT.launch;
    const flags = await readFlags(name, words);
    checkOperands(name, operands);
    narrow(needsOf(name, flags, operands));
    // The row of the table is the type of the flags, which the union of all commands hides.
    const execute = await LOADERS[name]() as (invocation: Invocation<never>) => Output | Promise<Output>;
    const output = await execute({ flags, operands, globals, environment });
    Deno.exit(reportOutput(output, manner));
  } catch (error) {
    Deno.exit(reportError(error, manner, failed));
  }
}

async function chooseCommand(words: SplitWords): Promise<[CommandName, readonly string[]]> {
  const { command, globals, flags, operands } = words;
  if (command === undefined) {
    if (flags[0] === "--version" || flags[0] === "-V") return ["version", []];
    if (flags.length === 0) return ["help", []];
    throw usage(`Cannot understand "${flags[0]}": no command is given`, "redpak help lists the commands");
  }
  if (isCommand(command)) return globals.help ? ["help", [command]] : [command, operands];
  const group = commandsOf(command);
  if (group.length > 0) {
    if (globals.help) return ["help", [command]];
    const words = group.map(([name]) => secondWord(name)).join(", ");
    throw usage(`Cannot run "redpak ${command}": one of ${words} is missing`, `redpak help ${command}`);
  }
  const { didYouMean } = await import("../core/did_you_mean.ts");
  const meant = didYouMean(command, publicCommands().map(([name]) => name));
  throw usage(
    `Cannot understand command "${command}": there is no such command`,
    ...meant === undefined ? [] : [`did you mean ${meant}?`],
    "redpak help lists the commands",
  );
}

async function readFlags(name: CommandName, words: SplitWords): Promise<Record<string, unknown>> {
  const row: CommandRow = COMMANDS[name];
  if (words.globals.help || words.command === undefined) return {};
  let given = readPlainFlags(row, words.flags);
  if (given === undefined) {
    const { readFlags } = await import("./application.ts");
    given = await readFlags(name, row, words.flags);
  }
  return Object.fromEntries(
    Object.entries(row.flags).map(([key, { value, choices }]) => {
      return [key, given[key] ?? (value === undefined && choices === undefined ? false : undefined)];
    }),
  );
}

function checkOperands(name: CommandName, operands: readonly string[]): void {
  const { least, most, missing } = COMMANDS[name].operands;
  const hint = `redpak ${name} --help`;
  if (operands.length < least) throw usage(`Cannot run "redpak ${name}": ${missing} is missing`, hint);
  if (operands.length > most) {
    throw usage(`Cannot run "redpak ${name}": "${operands[most]}" is one word too many`, hint);
  }
}

if (globalThis.name === FILE_CHECK) import("./file_check_worker.ts").then((module) => module.serveFileCheck());
else {
  const program = loadProgram(invokedAs());
  if (program === undefined) main();
  else program.then((start) => start());
}
