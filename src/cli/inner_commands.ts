import type { CommandRow } from "./command_row.ts";

/** The commands that redpak calls itself by, and shells do. */
export const INNER_COMMANDS = {
  complete: {
    brief: "what the last word of a command line could become",
    usage: "[WORD…]",
    examples: [],
    operands: { least: 0, most: Infinity, missing: "" },
    hidden: true,
    flags: {},
  },
  probe: {
    brief: "one of the things that doctor tries",
    usage: "facts|launch|time",
    examples: [],
    operands: { least: 1, most: 1, missing: "what to try" },
    hidden: true,
    flags: {},
  },
  reseal: {
    brief: "seal a launcher again, and start it",
    usage: "FILE [WORD…]",
    examples: [],
    operands: { least: 1, most: Infinity, missing: "the FILE" },
    program: true,
    hidden: true,
    flags: {},
  },
  transact: {
    brief: "change the packages in a root directory that has been prepared, as standard input says",
    usage: "[--user-namespace]",
    examples: [],
    operands: { least: 0, most: 0, missing: "" },
    hidden: true,
    flags: { "user-namespace": { brief: "as root of a user namespace, for an ordinary user" } },
  },
  script: {
    brief: "run a script of a package in a node whose packages are being changed, as standard input says",
    usage: "",
    examples: [],
    operands: { least: 0, most: 0, missing: "" },
    hidden: true,
    flags: {},
  },
} as const satisfies Record<string, CommandRow>;
