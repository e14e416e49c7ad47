import { RENAME } from "../../../ffi/libc/constants.ts";
import { isDirectory } from "../../../ffi/libc/file_status.ts";
import { isErrno, SystemCallError } from "../../../ffi/libc/system_call_error.ts";
import { absent, type Directory } from "./directory.ts";

/** What an entry is called while it is between two places. */
const BETWEEN = ".between";

/**
 * Lets two entries of directories of one file system take each other's place, in one step where the kernel and the file
 * system can (RENAME_EXCHANGE). Where they cannot, there is a moment in which the second one is missing; `finishExchange`
 * ends what was interrupted then. Throws SystemCallError.
 */
export function exchange(one: Directory, name: string, other: Directory, otherName: string): void {
  try {
    one.rename(name, other, otherName, RENAME.EXCHANGE);
  } catch (error) {
    if (!isErrno(error, "EINVAL", "ENOSYS")) throw error;
    other.rename(otherName, one, name + BETWEEN);
    finishExchange(one, name, other, otherName);
  }
}

/** What is left to do of an exchange in several steps that was interrupted. Throws SystemCallError. */
export function finishExchange(one: Directory, name: string, other: Directory, otherName: string): void {
  if (one.findDetails(name + BETWEEN) === undefined) return;
  absent(() => one.rename(name, other, otherName));
  one.rename(name + BETWEEN, one, name);
}

/** Moves an entry to where nothing is. Throws SystemCallError: EEXIST where something is. */
export function moveToFree(from: Directory, name: string, to: Directory, newName: string): void {
  try {
    from.rename(name, to, newName, RENAME.NOREPLACE);
  } catch (error) {
    if (!isErrno(error, "EINVAL", "ENOSYS")) throw error;
    moveByLink(from, name, to, newName);
  }
}

/** What is no directory appears in its new place in one step, or not at all, by a second name of it. */
function moveByLink(from: Directory, name: string, to: Directory, newName: string): void {
  if (!isDirectory(from.details(name))) {
    from.link(name, to, newName);
    from.remove(name);
    return;
  }
  if (to.findDetails(newName) !== undefined) throw new SystemCallError("renameat2", "EEXIST");
  from.rename(name, to, newName);
}
