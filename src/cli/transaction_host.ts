import type { ScriptEnd, TransactionHost, TransactionProgress } from "../packages/transaction/job.ts";
import { SELF, selfArguments } from "./run_self.ts";

/** A program, and what comes before the words of a command line. */
export interface Program {
  readonly path: string;
  readonly args: readonly string[];
}

export interface HostOptions {
  /** Is told how far it is. */
  readonly report?: ((progress: TransactionProgress) => void) | undefined;
  /** The environment that nodes are launched from, which their configuration can name variables of. */
  readonly environment?: Readonly<Record<string, string>>;
  /** redpak. */
  readonly program?: Program;
}

/** Lets transactions run in children of this process. Needs the run, read and sys permissions. */
export function transactionHost(
  { report, environment = {}, program = { path: SELF, args: selfArguments() } }: HostOptions = {},
): TransactionHost {
  return {
    ...report === undefined ? {} : { report },
    // Only what runs scripts needs to know how nodes are launched.
    missingPrograms: async (question) => {
      const { missingPrograms } = await import("./missing_programs.ts");
      return await missingPrograms(question, environment);
    },
    runScript: (job, timeout) => runScript(program, environment, job, timeout),
    async runWorker(job, onLine) {
      const child = new Deno.Command(program.path, {
        args: [...program.args, "transact", ...Deno.uid() === 0 ? [] : ["--user-namespace"]],
        cwd: "/",
        clearEnv: true,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
        // A session of its own: keys on the terminal are no signals for it.
        detached: true,
      }).spawn();
      const input = child.stdin.getWriter();
      try {
        const [, , complaint, { code, signal }] = await Promise.all([
          give(input, job),
          eachLine(child.stdout, async (line) => {
            const answer = await onLine(line);
            if (answer !== undefined) await give(input, answer);
          }),
          new Response(child.stderr).text(),
          child.status,
        ]);
        return { status: signal === null ? `exit code ${code}` : `signal ${signal}`, complaint: complaint.trim() };
      } catch (error) {
        killQuietly(child);
        await child.status;
        throw error;
      } finally {
        await closeQuietly(input);
      }
    },
  };
}

/** Characters of what a script says that are kept: the last ones. */
const OUTPUT_LIMIT = 64 * 1024;

async function runScript(
  { path, args }: Program,
  environment: Readonly<Record<string, string>>,
  job: string,
  timeout: number,
): Promise<ScriptEnd> {
  const child = new Deno.Command(path, {
    args: [...args, "script"],
    cwd: "/",
    clearEnv: true,
    env: environment,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
  let output = "";
  let isTimedOut = false;
  const keep = (text: string) => void (output = (output + text).slice(-OUTPUT_LIMIT));
  const timer = setTimeout(() => {
    isTimedOut = true;
    // With the supervisor everything goes that the script has started: it is in a process namespace of its own.
    killQuietly(child);
  }, timeout);
  try {
    const input = child.stdin.getWriter();
    const [, , , { code, signal }] = await Promise.all([
      give(input, job).then(() => closeQuietly(input)),
      eachText(child.stdout, keep),
      eachText(child.stderr, keep),
      child.status,
    ]);
    return { status: signal === null ? `exit code ${code}` : `signal ${signal}`, output, isTimedOut };
  } finally {
    clearTimeout(timer);
  }
}

async function eachText(stream: ReadableStream<Uint8Array<ArrayBuffer>>, onText: (text: string) => void) {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) onText(text);
}

async function give(input: WritableStreamDefaultWriter<Uint8Array>, text: string): Promise<void> {
  try {
    await input.write(new TextEncoder().encode(text));
  } catch (error) {
    // It has ended before it has read everything: how it has ended says more.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => Promise<void>,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) await onLine(line);
  }
}

async function closeQuietly(input: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
  try {
    await input.close();
  } catch (error) {
    // It has ended, and nobody reads any more.
    if (!(error instanceof Deno.errors.BrokenPipe) && !(error instanceof TypeError)) throw error;
  }
}

function killQuietly(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // It has ended already.
    if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
  }
}
