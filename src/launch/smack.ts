import { AT_FDCWD, O, PROC_SUPER_MAGIC } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { fileSystemStatus } from "../../ffi/libc/file_status.ts";
import { isErrno, SystemCallError } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { writeAll } from "../host/write_all.ts";
import { type Attempt, refuse } from "./launch_error.ts";

/**
 * Of the calling thread, which has to be the process's first. Kernels that have several security modules have a directory
 * for each since Linux 5.1; the file beside it is of whichever came first.
 */
const FILES = ["/proc/self/attr/smack/current", "/proc/self/attr/current"] as const;

/** Extended attribute that holds the label of a file, `linux/xattr.h`. */
export const SMACK_ATTRIBUTE = "security.SMACK64";

/** Gives this process a label of Smack, and makes sure that it has it. */
export function applySmack(kernel: Kernel, label: string, attempt: Attempt): void {
  const text = new TextEncoder().encode(label);
  using file = openAttribute(kernel, O.WRONLY);
  try {
    writeAll(kernel, file.number, text);
  } catch (error) {
    if (!isErrno(error, "EINVAL")) throw error;
    throw refuse(attempt, {
      code: "E_KERNEL_FEATURE",
      reason: "this kernel runs without Smack",
      errno: error.errno,
      hints: ["start the kernel with security=smack, or leave the label out"],
      cause: error,
    });
  }
  using applied = openAttribute(kernel, O.RDONLY);
  const found = new Uint8Array(256);
  const length = kernel.read(applied.number, found, found.length);
  const current = new TextDecoder().decode(found.subarray(0, length)).replace(/[\0\n]+$/, "");
  if (current === label) return;
  throw refuse(attempt, { code: "E_LAUNCH", reason: `the kernel answers that it is "${current}"` });
}

function openAttribute(kernel: Kernel, access: number): Descriptor {
  const [modern, old] = FILES;
  try {
    return openProc(kernel, modern, access);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
    return openProc(kernel, old, access);
  }
}

/** A label that is written to a file of any other file system would protect nothing. */
function openProc(kernel: Kernel, path: string, access: number): Descriptor {
  const file = new Descriptor(kernel, kernel.openat(AT_FDCWD, path, access | O.CLOEXEC, 0));
  if (fileSystemStatus(kernel, file.number).type === PROC_SUPER_MAGIC) return file;
  file[Symbol.dispose]();
  throw new SystemCallError("openat", "EXDEV");
}
