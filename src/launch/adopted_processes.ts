import { PR, SIGKILL } from "../../ffi/libc/constants.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { readSpecial } from "../host/read_special.ts";

/** The descendants of what is started in a scope: those that lose their parent become children of this process. */
export interface AdoptedProcesses extends Disposable {
  /** Ends all of them but `keep`, whatever group or session they have moved to. */
  end(keep?: number): void;
}

/** Processes that are children of this one already are left alone. */
export function adoptProcesses(kernel: Kernel): AdoptedProcesses {
  const before = new Set(children(kernel));
  kernel.prctl(PR.SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  return {
    end(keep) {
      const left = () => children(kernel).filter((pid) => pid !== keep && !before.has(pid));
      // The children of one that ends are adopted in turn.
      for (let pids = left(); pids.length > 0; pids = left()) pids.forEach((pid) => endProcess(kernel, pid));
    },
    [Symbol.dispose]: () => void kernel.prctl(PR.SET_CHILD_SUBREAPER, 0, 0, 0, 0),
  };
}

/** Orphans go to the first thread; only kernels without CONFIG_PROC_CHILDREN have no list of them. */
function children(kernel: Kernel): number[] {
  try {
    return readSpecial(`/proc/self/task/${Deno.pid}/children`, kernel).split(" ").filter((word) => word !== "").map(
      Number,
    );
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}

function endProcess(kernel: Kernel, pid: number): void {
  try {
    kernel.kill(pid, SIGKILL);
    kernel.wait4(pid, null, 0, null);
  } catch (error) {
    if (!isErrno(error, "ESRCH", "ECHILD", "EINTR")) throw error;
  }
}
