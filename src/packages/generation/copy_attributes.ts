import { AT } from "../../../ffi/libc/constants.ts";
import type { FileDetails } from "../../../ffi/libc/file_status.ts";
import { isErrno } from "../../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../../ffi/libc/system_calls.ts";

/** Bytes of the longest list of names, and of the largest value, `linux/limits.h`. */
const LARGEST = 64 * 1024;

/**
 * What security modules keep at a file for themselves. A new file has got from them what it needs, and often only they
 * may set it.
 */
const OF_SECURITY_MODULES = ["security.selinux", "security.ima", "security.evm", "security.apparmor"];

/**
 * Gives a file or directory the owner, extended attributes (access lists and file capabilities among them), mode and times
 * of another one. Throws SystemCallError where one of them cannot be kept.
 *
 * @param from an open file, and its details
 * @param to an open file of the same type
 */
export function copyAttributes(kernel: Kernel, from: number, details: FileDetails, to: number): void {
  // INVARIANT: the owner first, whose change takes away file capabilities and bits of the mode.
  kernel.fchownat(to, "", details.uid, details.gid, AT.EMPTY_PATH);
  copyExtended(kernel, from, to);
  kernel.fchmod(to, details.mode & 0o7777);
  setTimes(kernel, to, details);
}

export function setTimes(kernel: Kernel, fd: number, { modified: { seconds, nanoseconds } }: FileDetails): void {
  const times = { atime_sec: seconds, atime_nsec: nanoseconds, mtime_sec: seconds, mtime_nsec: nanoseconds };
  kernel.utimensat(fd, null, times, 0);
}

function copyExtended(kernel: Kernel, from: number, to: number): void {
  for (const name of listExtended(kernel, from)) {
    const value = readExtended(kernel, from, name);
    if (value === undefined) continue;
    try {
      kernel.fsetxattr(to, name, value, value.length, 0);
    } catch (error) {
      if (!isErrno(error, "EPERM", "EOPNOTSUPP") || !OF_SECURITY_MODULES.includes(name)) throw error;
    }
  }
}

function listExtended(kernel: Kernel, fd: number): string[] {
  try {
    // Most files have none, and for them no memory is needed.
    if (kernel.flistxattr(fd, new Uint8Array(0), 0) === 0) return [];
    const list = new Uint8Array(LARGEST);
    const length = kernel.flistxattr(fd, list, list.length);
    return new TextDecoder().decode(list.subarray(0, length)).split("\0").filter((name) => name !== "");
  } catch (error) {
    if (isErrno(error, "EOPNOTSUPP")) return [];
    throw error;
  }
}

/** Value of an extended attribute of an open file, `undefined` where it has none of that name. */
export function readExtended(kernel: Kernel, fd: number, name: string): Uint8Array | undefined {
  try {
    const value = new Uint8Array(LARGEST);
    return value.subarray(0, kernel.fgetxattr(fd, name, value, value.length));
  } catch (error) {
    if (isErrno(error, "ENODATA", "EOPNOTSUPP")) return undefined;
    throw error;
  }
}
