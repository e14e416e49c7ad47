import { errnoReason } from "../../ffi/libc/errno.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { type Attempt, hintsFor } from "./launch_error.ts";

/** Runs one step of what is done with running nodes; a system call that fails tells what was attempted. */
export function attemptLive<T>({ verb, object, where }: Attempt, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    const { errno } = error;
    const denied = errno === "EPERM" || errno === "EACCES";
    throw new RedpakError({
      code: denied ? "E_NOT_PERMITTED" : errno === "ENOSYS" ? "E_KERNEL_FEATURE" : "E_SYSTEM",
      exit: denied || errno === "ENOSYS" ? EXIT.notPermitted : EXIT.failed,
      message: `Cannot ${verb} "${object}": ${errnoReason(errno)} (${errno})`,
      where,
      hints: hintsFor(error),
      errno,
      cause: error,
    });
  }
}
