import type { TransactionHost, TransactionProgress } from "../packages/transaction/job.ts";
import { SELF, selfArguments } from "./run_self.ts";

/** A program, and what comes before the words of a command line. */
export interface Program {
  readonly path: string;
  readonly args: readonly string[];
}

/**
 * Lets transactions run in children of this process. Needs the run, read and sys permissions.
 *
 * @param report is told how far it is
 * @param program redpak
 */
export function transactionHost(
  report?: (progress: TransactionProgress) => void,
  program: Program = { path: SELF, args: selfArguments() },
): TransactionHost {
  return {
    ...report === undefined ? {} : { report },
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
      try {
        const [, , complaint, { code, signal }] = await Promise.all([
          give(child.stdin, job),
          eachLine(child.stdout, onLine),
          new Response(child.stderr).text(),
          child.status,
        ]);
        return { status: signal === null ? `exit code ${code}` : `signal ${signal}`, complaint: complaint.trim() };
      } catch (error) {
        killQuietly(child);
        await child.status;
        throw error;
      }
    },
  };
}

async function give(stdin: WritableStream<Uint8Array>, text: string): Promise<void> {
  try {
    await new Blob([text]).stream().pipeTo(stdin);
  } catch (error) {
    // It has ended before it has read everything: how it has ended says more.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    lines.forEach(onLine);
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
