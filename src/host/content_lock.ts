import { LOCK, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";

/**
 * What is locked while the content of a node is taken for a launch, by any number of them, or switched, by one: a directory
 * that every node has and that is never replaced. Who changes a node for longer holds the lock on the node itself.
 */
const DIRECTORY = "etc";

/**
 * Opens what is locked. Throws SystemCallError.
 *
 * @param directory descriptor that `node` is relative to
 */
export function openContentLock(kernel: Kernel, directory: number, node: string): Descriptor {
  return new Descriptor(
    kernel,
    kernel.openat(directory, `${node}/${DIRECTORY}`, O.RDONLY | O.DIRECTORY | O.CLOEXEC, 0),
  );
}

/** @returns whether it is locked now; held until the descriptor is closed, here and wherever it was inherited */
export function tryContentLock(kernel: Kernel, lock: Descriptor, manner: "shared" | "exclusive"): boolean {
  try {
    kernel.flock(lock.number, (manner === "shared" ? LOCK.SH : LOCK.EX) | LOCK.NB);
    return true;
  } catch (error) {
    if (isErrno(error, "EAGAIN")) return false;
    throw error;
  }
}
