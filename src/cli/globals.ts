import { type GlobalValues, usage } from "./split_words.ts";

/** What every command is told, from flags and their environment twins; a flag beats the environment. */
export interface Globals {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly yes: boolean;
  /** Directory below which nodes are found by alias. */
  readonly root: string | undefined;
  /** Whether to colour what goes to a stream. */
  readonly color: { readonly stdout: boolean; readonly stderr: boolean };
}

/** @throws {RedpakError} `E_USAGE` for an unknown word of `--color` or `REDPAK_COLOR` */
export function readGlobals(values: GlobalValues, environment: Readonly<Record<string, string>>): Globals {
  const isSet = (key: "json" | "quiet" | "verbose" | "yes") =>
    values[key] === true || ["1", "true", "yes", "on"].includes(environment[`REDPAK_${key.toUpperCase()}`] ?? "");
  const root = values.root ?? environment.REDPAK_ROOT;
  return {
    json: isSet("json"),
    quiet: isSet("quiet"),
    verbose: isSet("verbose"),
    yes: isSet("yes"),
    root: typeof root === "string" && root !== "" ? root : undefined,
    color: readColor(values.color ?? environment.REDPAK_COLOR, environment),
  };
}

function readColor(word: string | true | undefined, environment: Readonly<Record<string, string>>): Globals["color"] {
  if (word === "always") return { stdout: true, stderr: true };
  if (word === "never") return { stdout: false, stderr: false };
  if (word !== undefined && word !== "auto" && word !== "") {
    throw usage(`Cannot use colour "${word}": expected auto, always or never`);
  }
  // https://no-color.org and https://force-color.org: any value but the empty one.
  if (environment.NO_COLOR) return { stdout: false, stderr: false };
  if (environment.FORCE_COLOR) return { stdout: true, stderr: true };
  if (environment.TERM === "dumb") return { stdout: false, stderr: false };
  return { stdout: Deno.stdout.isTerminal(), stderr: Deno.stderr.isTerminal() };
}
