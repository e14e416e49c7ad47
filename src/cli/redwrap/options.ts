import { getopt, GetoptError, type GivenOption, type OptionRow } from "../getopt.ts";

interface RedwrapRow extends OptionRow {
  readonly brief: string;
}

export const OPTIONS: readonly RedwrapRow[] = [
  { long: ["redpath", "rpath", "rp"], short: "r", value: "required", brief: "directory of the node" },
  { long: ["admin"], short: "a", value: "optional", brief: "count the admin configurations too" },
  { long: ["bwrap"], short: "b", value: "required", brief: "bubblewrap in what --dump prints; it is not used" },
  { long: ["dump"], value: "none", brief: "print the equivalent bubblewrap command on standard error, then run" },
  { long: ["dump-only"], short: "D", value: "none", brief: "print it on standard output and do not run" },
  { long: ["strict"], short: "s", value: "optional", brief: "yes or no: skip exports whose directory is missing" },
  { long: ["force"], short: "f", value: "optional", brief: "yes or no: the opposite of --strict" },
  { long: ["unsafe"], short: "u", value: "optional", brief: "yes or no: accepted, without effect" },
  {
    long: ["user", "uid"],
    short: "U",
    value: "required",
    brief: "user of the program, whatever the configuration says",
  },
  {
    long: ["group", "gid"],
    short: "G",
    value: "required",
    brief: "group of the program, whatever the configuration says",
  },
  {
    long: ["smack"],
    short: "S",
    value: "required",
    brief: "Smack label of the program, whatever the configuration says",
  },
  { long: ["verbose"], short: "v", value: "optional", brief: "tell more" },
  { long: ["help"], short: "?", value: "none", brief: "print this help" },
];

/** What `redwrap` is asked for. */
export interface RedwrapRequest {
  readonly redpath: string;
  readonly admin: boolean;
  /** Path of bubblewrap in what is printed. */
  readonly bwrap: string;
  readonly dump: "no" | "and-run" | "only";
  readonly strict: boolean;
  readonly verbose: boolean;
  readonly user?: string;
  readonly group?: string;
  readonly smack?: string;
  /** The program and its arguments. */
  readonly program: readonly string[];
}

/**
 * Reads the command line of `redwrap`; later options override earlier ones.
 *
 * @returns `undefined` where help is asked for
 * @throws {GetoptError}
 */
export function readRequest(words: readonly string[]): RedwrapRequest | undefined {
  const { options, operands } = getopt(words, OPTIONS);
  return toRequest(options, operands);
}

/** What options ask for, with a program and its arguments. As {@linkcode readRequest}. */
function toRequest(
  options: readonly GivenOption[],
  program: readonly string[],
): RedwrapRequest | undefined {
  const given = new Map(options.map(({ name, value }) => [name, value]));
  if (given.has("help")) return undefined;
  for (const { name, value } of options) {
    if (BOOLEANS.includes(name) && !/^(?:yes|no)$/i.test(value ?? "yes")) {
      throw new GetoptError(`option '--${name}' is yes or no, not '${value}'`);
    }
  }
  const redpath = given.get("redpath");
  if (redpath === undefined) throw new GetoptError("option '--redpath' is missing");
  const dump = given.has("dump-only") ? "only" : given.has("dump") ? "and-run" : "no";
  if (program.length === 0 && dump !== "only") throw new GetoptError("the program to run is missing");
  const strictness = options.findLast(({ name }) => name === "strict" || name === "force");
  const text = (name: "user" | "group" | "smack") => {
    const value = given.get(name);
    return value === undefined ? {} : { [name]: value };
  };
  return {
    redpath,
    admin: given.has("admin"),
    bwrap: given.get("bwrap") ?? "/usr/bin/bwrap",
    dump,
    strict: strictness !== undefined && (strictness.name === "strict") === /^yes$/i.test(strictness.value ?? "yes"),
    verbose: given.has("verbose"),
    ...text("user"),
    ...text("group"),
    ...text("smack"),
    program,
  };
}

const BOOLEANS: readonly string[] = ["strict", "force", "unsafe"];

export function usageText(): string {
  const lines = OPTIONS.map(({ long, short, value, brief }) => {
    const operand = { none: "", required: "=VALUE", optional: "[=VALUE]" }[value];
    const names = [...short === undefined ? [] : [`-${short}`], ...long.map((name) => `--${name}`)].join(", ");
    return `  ${names}${operand}\n        ${brief}`;
  });
  return ["Usage: redwrap --redpath=DIR [OPTIONS] [--] PROGRAM [ARGUMENTS]", ...lines, ""].join("\n");
}
