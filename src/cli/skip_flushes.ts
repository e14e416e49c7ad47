import { PR, SECCOMP } from "../../ffi/libc/constants.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import { type Kernel, SYSTEM_CALLS } from "../../ffi/libc/system_calls.ts";
import {
  ACTION,
  AUDIT_ARCHITECTURE,
  give,
  ifEqual,
  type Instruction,
  load,
  OFFSET,
} from "../plan/seccomp/instruction.ts";

/** Of x86_64 and aarch64; nobody here calls it. */
const FDATASYNC = [75, 83] as const;

/**
 * Lets fsync(2) and fdatasync(2) of the calling thread do nothing, for good. For what is written to a place that is
 * flushed as a whole before it counts: a database that flushes itself after each package makes that wait for the disk
 * hundreds of times, for nothing. Where the kernel cannot, it only takes longer.
 */
export function skipFlushes(kernel: Kernel): void {
  const column = Deno.build.arch === "aarch64" ? 1 : 0;
  const allow = give(ACTION.allow);
  const program: Instruction[] = [
    load(OFFSET.architecture),
    ifEqual(AUDIT_ARCHITECTURE[Deno.build.arch], 1, 0),
    allow,
    load(OFFSET.number),
    ifEqual(SYSTEM_CALLS.fsync[column], 1, 0),
    ifEqual(FDATASYNC[column], 0, 1),
    // The call is not made, and succeeds.
    give(ACTION.errno(0)),
    allow,
  ];
  try {
    kernel.prctl(PR.SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    kernel.seccomp(SECCOMP.SET_MODE_FILTER, 0, {
      length: program.length,
      filter: new Uint8Array(new BigUint64Array(program).buffer),
    });
  } catch (error) {
    if (!isErrno(error, "EINVAL", "EACCES", "EPERM", "ENOSYS")) throw error;
  }
}
