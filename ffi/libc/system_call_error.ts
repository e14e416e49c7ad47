import { errnoReason } from "./errno.ts";

/** A system call that failed. Who called it knows the object and the configuration, and makes a RedpakError of it. */
export class SystemCallError extends Error {
  override readonly name = "SystemCallError";

  /** `errno` is the error's name, such as `ENOENT`. */
  constructor(readonly call: string, readonly errno: string) {
    super(`${call}: ${errnoReason(errno)} (${errno})`);
  }
}

/** Whether a call failed for one of the given reasons. */
export function isErrno(error: unknown, ...names: readonly string[]): error is SystemCallError {
  return error instanceof SystemCallError && names.includes(error.errno);
}
