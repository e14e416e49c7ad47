import { AT_FDCWD, CLONE, F, O, PR, SIGKILL } from "../../../ffi/libc/constants.ts";
import { libc } from "../../../ffi/libc/libc.ts";
import type { Kernel } from "../../../ffi/libc/system_calls.ts";
import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { LineReader } from "../../host/line_reader.ts";
import { writeAll } from "../../host/write_all.ts";
import { launch } from "../../launch/launch.ts";
import { performTransaction } from "../../packages/transaction/worker.ts";
import {
  decodeWorkerAnswer,
  decodeWorkerJob,
  encodeWorkerMessage,
  type WorkerMessage,
} from "../../packages/transaction/worker_job.ts";
import type { Invocation } from "../invocation.ts";
import { selfArguments } from "../run_self.ts";
import { skipFlushes } from "../skip_flushes.ts";
import { stageImage } from "../stage_image.ts";

const STDIN = 0;
const STDOUT = 1;

/**
 * `redpak transact`, the process that lets librpm change a root directory, for it changes its own meanwhile. It dies with
 * who has started it, for what has been done until then is thrown away; nothing else ends it half way.
 */
export function transact({ flags }: Invocation<"transact">): never {
  const kernel = libc();
  kernel.prctl(PR.SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (flags["user-namespace"]) return becomeRoot();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) Deno.addSignalListener(signal, () => {});
  const output = keepOutput(kernel);
  const tell = (message: WorkerMessage) =>
    writeAll(kernel, output, new TextEncoder().encode(encodeWorkerMessage(message)));
  try {
    const input = new LineReader(kernel, STDIN);
    const job = decodeWorkerJob(input.next() ?? "");
    // librpm changes the root directory and the umask: the other threads of Deno keep theirs.
    kernel.unshare(CLONE.FS);
    skipFlushes(kernel);
    const warnings = performTransaction(kernel, job, {
      tell,
      ask(message) {
        tell(message);
        const line = input.next();
        // Who has started this is gone: nothing that is still done is any good.
        if (line === undefined) Deno.exit(EXIT.failed);
        return decodeWorkerAnswer(line);
      },
    });
    tell({ kind: "done", warnings });
    Deno.exit(EXIT.success);
  } catch (error) {
    if (!(error instanceof RedpakError)) throw error;
    const problems = error.problems.length === 0 ? [error] : error.problems;
    tell({
      kind: "failed",
      problems: problems.map(({ code, message, hints = [] }) => ({ code, message, hints: [...hints] })),
    });
    Deno.exit(EXIT.failed);
  }
}

/**
 * Runs this very command in a user namespace in which the caller is root, for librpm has to change the root directory. It
 * takes the stage, as a user namespace can be made by a process of a single thread only.
 */
function becomeRoot(): never {
  const phase = "init";
  const map = (outside: number) => [{ inside: 0, outside, count: 1 }];
  return launch({
    version: 1,
    node: "/",
    alias: "transact",
    admin: false,
    pending: [],
    warnings: [],
    operations: [
      {
        operation: "clone",
        phase,
        namespaces: ["user", "mount"],
        uidMaps: map(Deno.uid()!),
        gidMaps: map(Deno.gid()!),
        denySetgroups: true,
      },
      { operation: "fork", phase },
      { operation: "close-descriptors", phase, from: 3 },
      // By its path, for /proc/self/exe is the stage then: what a user can start, the user can start here.
      { operation: "exec", phase, arguments: [Deno.execPath(), ...selfArguments(), "transact"], environment: [] },
    ],
  }, { stage: stageImage() });
}

/** What is printed by whatever is called from here must not look like a message: it goes nowhere. */
function keepOutput(kernel: Kernel): number {
  const kept = kernel.fcntl(STDOUT, F.DUPFD_CLOEXEC, 3);
  kernel.close(STDOUT);
  const nowhere = kernel.openat(AT_FDCWD, "/dev/null", O.WRONLY, 0);
  if (nowhere !== STDOUT) throw new Error(`/dev/null was opened as ${nowhere}`);
  return kept;
}
