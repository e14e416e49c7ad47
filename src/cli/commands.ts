import type { CommandRow, FlagRow } from "./command_row.ts";
import { IMAGE_COMMANDS } from "./image_commands.ts";
import { INNER_COMMANDS } from "./inner_commands.ts";
import { LAUNCH_COMMANDS } from "./launch_commands.ts";
import { NODE_COMMANDS } from "./node_commands.ts";
import { OWN_COMMANDS } from "./own_commands.ts";
import { PACKAGE_COMMANDS } from "./package_commands.ts";

/**
 * The command line, as data: parsing, help and the narrowing of permissions derive from it. Only data is imported here,
 * so that help and version cost nothing.
 */
export const COMMANDS = {
  ...NODE_COMMANDS,
  ...LAUNCH_COMMANDS,
  ...IMAGE_COMMANDS,
  ...PACKAGE_COMMANDS,
  ...OWN_COMMANDS,
  ...INNER_COMMANDS,
} as const;

export type CommandName = keyof typeof COMMANDS;

/** The commands that people use, in the order of the help. */
export function publicCommands(): [CommandName, CommandRow][] {
  return (Object.entries(COMMANDS) as [CommandName, CommandRow][]).filter(([, { hidden }]) => hidden !== true);
}

/** The commands whose names begin with a word and a blank: `repo add` of `repo`. */
export function commandsOf(group: string): [CommandName, CommandRow][] {
  return publicCommands().filter(([name]) => name.startsWith(`${group} `));
}

/** The word behind that of its group. */
export function secondWord(name: string): string {
  return name.slice(name.indexOf(" ") + 1);
}

type FlagValue<F> = F extends { readonly choices: readonly (infer C)[] } ? C | undefined
  : F extends { readonly value: string } ? string | undefined
  : boolean;

/** Values of a command's flags by name. */
export type Flags<N extends CommandName> = {
  readonly [F in keyof (typeof COMMANDS)[N]["flags"]]: FlagValue<(typeof COMMANDS)[N]["flags"][F]>;
};

/** Every command understands these, before or after its name. */
export const GLOBAL_FLAGS = {
  json: { brief: "one JSON document on standard output, errors as JSON on standard error" },
  quiet: { brief: "-q: no warnings" },
  verbose: { brief: "-v: tell more on standard error" },
  color: { brief: "auto (default), always or never", choices: ["auto", "always", "never"] },
  yes: { brief: "answer yes to every question" },
  root: { brief: "directory below which nodes are found by alias", value: "DIR" },
  help: { brief: "-h: this text" },
} as const satisfies Record<string, FlagRow>;

export const GLOBAL_SHORT = { q: "quiet", v: "verbose", y: "yes", h: "help" } as const satisfies Record<
  string,
  keyof typeof GLOBAL_FLAGS
>;

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}
