import type { CommandRow } from "../command_row.ts";
import { type CommandName, COMMANDS } from "../commands.ts";
import { getopt, GetoptError, type OptionRow } from "../getopt.ts";
import { OPTIONS, usageText } from "./options.ts";

/** Options of dnf that mean something here; they stand behind the command. */
const DNF_OPTIONS: readonly OptionRow[] = [
  { long: ["assumeyes"], short: "y", value: "none" },
  { long: ["assumeno"], value: "none" },
  { long: ["quiet"], short: "q", value: "none" },
  { long: ["no-gpgchecks", "nogpgcheck"], value: "none" },
  { long: ["destdir", "downloaddir"], value: "required" },
  { long: ["all"], value: "none" },
  { long: ["disabled"], value: "none" },
  { long: ["installed"], value: "none" },
];

/** The commands that print what dnf prints, and not what redpak does. */
export type DnfText = "repolist" | "repoinfo" | "repoquery";

interface DnfCommand {
  /** What does it. */
  readonly command: CommandName;
  /** Its flags, by the options that set them. */
  readonly flags: Readonly<Record<string, string>>;
  readonly text?: DnfText;
}

const CHANGING = { assumeno: "dry-run" };

const COMMANDS_OF_DNF: Readonly<Record<string, DnfCommand>> = {
  install: { command: "install", flags: { ...CHANGING, "no-gpgchecks": "no-gpgcheck" } },
  reinstall: { command: "reinstall", flags: CHANGING },
  remove: { command: "remove", flags: CHANGING },
  upgrade: { command: "update", flags: CHANGING },
  downgrade: { command: "downgrade", flags: CHANGING },
  download: { command: "download", flags: { destdir: "destdir" } },
  repolist: { command: "repo list", flags: {}, text: "repolist" },
  repoinfo: { command: "repo list", flags: {}, text: "repoinfo" },
  repo: { command: "repo list", flags: {}, text: "repolist" },
  repoquery: { command: "search", flags: {}, text: "repoquery" },
};

/** What redpak 2.5 passes on, and nothing here can do. */
const UNSUPPORTED = ["groupinfo", "grouplist", "advisory"];

/** It makes a node. */
export const MANAGER = "manager";

/** What `redwrap-dnf` is asked for, as a command of redpak. */
export interface DnfRequest {
  readonly command: CommandName;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly operands: readonly string[];
  readonly yes: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** What it prints, where that is not what the command does. */
  readonly text: DnfText | undefined;
  /** What behind the command is no option. */
  readonly words: readonly string[];
  readonly options: ReadonlySet<string>;
}

/** Whether a node is to be made; an option's value is no command. */
export function isForManager(words: readonly string[]): boolean {
  try {
    return getopt(words, OPTIONS, true).operands[0] === MANAGER;
  } catch (error) {
    if (!(error instanceof GetoptError)) throw error;
    // The manager's own options may stand before it.
    return words.find((word) => word === MANAGER || Object.hasOwn(COMMANDS_OF_DNF, word)) === MANAGER;
  }
}

/**
 * Reads the options of `redwrap` up to the command, and from there on those of dnf.
 *
 * @returns `undefined` where help is asked for
 * @throws {GetoptError}
 */
export function readDnfRequest(words: readonly string[]): DnfRequest | undefined {
  const { options, operands: [name, ...rest] } = getopt(words, OPTIONS, true);
  if (options.some((option) => option.name === "help")) return undefined;
  const redpath = options.findLast((option) => option.name === "redpath")?.value;
  if (redpath === undefined) throw new GetoptError("option '--redpath' is missing");
  if (name === undefined) throw new GetoptError("the command is missing");
  if (UNSUPPORTED.includes(name)) throw new GetoptError(`'${name}': groups and advisories are not supported`);
  const known = Object.hasOwn(COMMANDS_OF_DNF, name) ? COMMANDS_OF_DNF[name] : undefined;
  if (known === undefined) throw new GetoptError(`'${name}' is no command`);
  const given = getopt(rest, DNF_OPTIONS);
  const named = new Map<string, string | true>(given.options.map((option) => [option.name, option.value ?? true]));
  const { text, words: others } = chooseText(name, known, given.operands);
  const operands = [redpath, ...known.command === "repo list" ? [] : known.command === "search" ? [""] : others];
  const { least, missing } = COMMANDS[known.command].operands;
  if (operands.length < least) throw new GetoptError(`${missing} is missing`);
  return {
    command: known.command,
    flags: flagsOf(known, named),
    operands,
    yes: named.has("assumeyes"),
    quiet: named.has("quiet"),
    verbose: options.some((option) => option.name === "verbose"),
    text,
    words: others,
    options: new Set(named.keys()),
  };
}

/** `repo list` and `repo info` are `repolist` and `repoinfo`. */
function chooseText(name: string, { text }: DnfCommand, words: readonly string[]) {
  if (name !== "repo") return { text, words };
  const [second, ...rest] = words;
  if (second !== "list" && second !== "info") throw new GetoptError("repo: expected list or info");
  return { text: second === "info" ? "repoinfo" as const : text, words: rest };
}

function flagsOf({ command, flags }: DnfCommand, given: ReadonlyMap<string, string | true>): Record<string, unknown> {
  const row: CommandRow = COMMANDS[command];
  const names = new Map(Object.entries(flags).map(([option, flag]) => [flag, option]));
  return Object.fromEntries(
    Object.entries(row.flags).map(([flag, { value, choices }]) => {
      const option = names.get(flag);
      return [flag, option === undefined ? emptyOf(value ?? choices) : given.get(option) ?? emptyOf(value ?? choices)];
    }),
  );
}

const emptyOf = (value: unknown) => value === undefined ? false : undefined;

export function dnfUsageText(): string {
  return [
    "Usage: redwrap-dnf --redpath=DIR [OPTIONS] COMMAND [ARGUMENTS]",
    `       redwrap-dnf --redpath=DIR ${MANAGER} [--alias=ALIAS] [--template=NAME] [--update] [--no-system-node]`,
    `Changes and shows the packages of a node: ${Object.keys(COMMANDS_OF_DNF).join(", ")};`,
    `or makes the node: ${MANAGER}.`,
    usageText().replace(/^.*\n/, ""),
  ].join("\n");
}
