import * as z from "zod/mini";

const nevra = z.strictObject({ name: z.string(), evr: z.string(), arch: z.string() });
const ids = z.record(z.string(), z.int().check(z.minimum(0)));
const absolutePath = z.string().check(z.startsWith("/"));

const owners = z.nullable(z.strictObject({ users: ids, groups: ids }));

/** What the process is told that lets librpm change a root directory: one line of JSON on its standard input. */
const workerJob = z.strictObject({
  version: z.literal(1),
  /** The root directory; nobody else sees it, or changes what is in it. */
  root: absolutePath,
  /** Directory of the database in it. */
  database: absolutePath,
  /** The number of each, from 1, is its place in the list. */
  installs: z.array(z.strictObject({
    action: z.enum(["install", "upgrade", "reinstall"]),
    package: nevra,
    /** Path of the package. */
    file: absolutePath,
    /** Whose signature counts: a place in `trusts`. */
    trust: z.int().check(z.minimum(0)),
  })),
  /** Everything that is erased, be it because something else takes its place. */
  erases: z.array(nevra),
  trusts: z.array(z.strictObject({
    /** In the binary form of OpenPGP, as base64. */
    certificates: z.array(z.string()),
    required: z.boolean(),
  })),
  /** By name; with `null` all files belong to the caller, who cannot give any away. */
  owners,
  /** Whether it says what it is about to do, and waits for an answer, at each moment that scripts are run at. */
  pauses: z.boolean(),
});

export type WorkerJob = z.infer<typeof workerJob>;

export function encodeWorkerJob(job: WorkerJob): string {
  return JSON.stringify(job) + "\n";
}

/** Throws where the text is none, so that nothing is done that was not meant. */
export function decodeWorkerJob(text: string): WorkerJob {
  return workerJob.parse(JSON.parse(text));
}

const problem = z.strictObject({ code: z.string(), message: z.string(), hints: z.array(z.string()) });

/** What the worker says, a line of JSON each; the last one is `done` or `failed`. */
const workerMessage = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.enum(["verify", "install", "erase"]),
    package: nevra,
    number: z.int(),
    total: z.int(),
  }),
  /** Everything that is going to be done, in its order. */
  z.strictObject({
    kind: z.literal("order"),
    elements: z.array(z.strictObject({ kind: z.enum(["added", "removed"]), package: nevra })),
  }),
  /**
   * It waits: before anything is done; before an element; when the files of one are in place, and their owners are to be
   * known; after an element; when all is done.
   */
  z.strictObject({
    kind: z.literal("pause"),
    at: z.enum(["begin", "before", "placed", "after", "end"]),
    element: z.int(),
  }),
  z.strictObject({ kind: z.literal("done"), warnings: z.array(z.string()) }),
  z.strictObject({ kind: z.literal("failed"), problems: z.array(problem) }),
]);

export type WorkerMessage = z.infer<typeof workerMessage>;

export function encodeWorkerMessage(message: WorkerMessage): string {
  return JSON.stringify(message) + "\n";
}

/** Throws where the text is none. */
export function decodeWorkerMessage(text: string): WorkerMessage {
  return workerMessage.parse(JSON.parse(text));
}

/** What lets a worker go on that waits: for `placed`, who the owners are by then. */
const workerAnswer = z.strictObject({ owners: z.optional(owners) });

export type WorkerAnswer = z.infer<typeof workerAnswer>;

export function encodeWorkerAnswer(answer: WorkerAnswer): string {
  return JSON.stringify(answer) + "\n";
}

/** Throws where the text is none. */
export function decodeWorkerAnswer(text: string): WorkerAnswer {
  return workerAnswer.parse(JSON.parse(text));
}
