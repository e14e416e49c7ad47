/** Kernels that fail at the n-th call that could change a disk, or stop there for good. */
import { O } from "../../../ffi/libc/constants.ts";
import { SystemCallError } from "../../../ffi/libc/system_call_error.ts";
import { type Argument, intercept, type Kernel } from "../../../ffi/libc/system_calls.ts";

/** Calls that change what is on a disk, or are to make it last. */
const CHANGES: readonly (keyof Kernel)[] = [
  "copy_file_range",
  "fchmod",
  "fchownat",
  "fsetxattr",
  "fsync",
  "ftruncate",
  "ioctl",
  "linkat",
  "mkdirat",
  "pwrite64",
  "renameat",
  "renameat2",
  "symlinkat",
  "syncfs",
  "unlinkat",
  "utimensat",
  "write",
];

/** Calls that need memory, descriptors or a disk that can be read. */
const READS: readonly (keyof Kernel)[] = [
  "openat",
  "getdents64",
  "statx",
  "read",
  "readlinkat",
  "fgetxattr",
  "flistxattr",
];

export class Killed extends Error {}

export function isChange(name: keyof Kernel, args: readonly Argument[]): boolean {
  return CHANGES.includes(name) || name === "openat" && (Number(args[2]) & O.CREAT) !== 0;
}

export function isFallible(name: keyof Kernel, args: readonly Argument[]): boolean {
  return isChange(name, args) || READS.includes(name);
}

export interface Fault {
  /** Number of the call, from 1. */
  readonly at: number;
  /** An errno; none: the process is killed, and no call is made any more. */
  readonly errno?: string;
  /** All calls from there on fail, as on a disk that is full. */
  readonly forGood?: boolean;
  readonly counts?: (name: keyof Kernel, args: readonly Argument[]) => boolean;
}

export interface FaultyKernel {
  readonly kernel: Kernel;
  /** Whether there were so many calls. */
  readonly hit: () => boolean;
}

export function faulty(kernel: Kernel, { at, errno, forGood = false, counts = isChange }: Fault): FaultyKernel {
  let count = 0;
  return {
    hit: () => count >= at,
    kernel: intercept(kernel, (name, args, proceed) => {
      if (name === "close") return proceed();
      const counted = counts(name, args);
      if (counted) count++;
      if (errno === undefined && count >= at) throw new Killed(`${name} ${count}`);
      if (errno !== undefined && counted && (count === at || forGood && count > at)) {
        throw new SystemCallError(name, errno);
      }
      return proceed();
    }),
  };
}
