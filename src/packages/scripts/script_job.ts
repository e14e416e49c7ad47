import * as z from "zod/mini";

const absolutePath = z.string().check(z.startsWith("/"));

/** What `redpak script` is told to run in a node: one line of JSON on its standard input. */
const scriptJob = z.strictObject({
  version: z.literal(1),
  /** Process that has started it, and that it does not survive. */
  parent: z.int(),
  node: absolutePath,
  /** What stands in the place of the node's content. */
  root: absolutePath,
  /** Names of what is in it, relative to the node: all other files that the node shows can only be read. */
  contents: z.array(z.string()),
  /** Directory in it that can only be read, relative to the node. */
  database: z.string(),
  /** File that tells what has become of it, as `--status-fd` does. */
  report: absolutePath,
  /** The interpreter and its arguments. */
  program: z.array(z.string()).check(z.minLength(1)),
  /** Text of the script; absent where the program is called without one, and without arguments. */
  body: z.optional(z.string()),
  arguments: z.array(z.int()),
  /** Standard input. */
  input: z.string(),
  /** `RPM_INSTALL_PREFIX`, and with the numbers from 0 on. */
  prefixes: z.array(z.string()),
});

export type ScriptJob = z.infer<typeof scriptJob>;

export function encodeScriptJob(job: ScriptJob): string {
  return JSON.stringify(job) + "\n";
}

/** Throws where the text is none, so that nothing is run that was not meant. */
export function decodeScriptJob(text: string): ScriptJob {
  return scriptJob.parse(JSON.parse(text));
}

/** What a launch reports last: that it could not be made, or how its program has ended. */
const scriptEvent = z.discriminatedUnion("event", [
  z.object({ event: z.literal("started") }),
  z.object({ event: z.literal("setup-failed"), message: z.optional(z.string()), code: z.int() }),
  z.object({ event: z.literal("exited"), code: z.int(), signal: z.optional(z.int()) }),
]);

export type ScriptEvent = z.infer<typeof scriptEvent>;

/** @returns `undefined` where the launch has come to no end that it could tell of */
export function lastEvent(report: string): ScriptEvent | undefined {
  const line = report.split("\n").filter((each) => each !== "").at(-1);
  if (line === undefined) return undefined;
  try {
    return scriptEvent.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
