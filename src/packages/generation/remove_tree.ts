import { isDirectory } from "../../../ffi/libc/file_status.ts";
import { isErrno, SystemCallError } from "../../../ffi/libc/system_call_error.ts";
import type { Directory } from "./directory.ts";

/**
 * Removes an entry of a directory and everything in it. No link is followed, and nothing of another file system is removed:
 * what is mounted there has other owners. What is not there is fine. Throws SystemCallError.
 */
export function removeTree(parent: Directory, name: string): void {
  const details = parent.findDetails(name);
  if (details === undefined) return;
  if (!isDirectory(details)) return ignoreAbsent(() => parent.remove(name));
  if (details.device !== parent.ownDetails().device || details.isMounted) {
    throw new SystemCallError("unlinkat", "EBUSY");
  }
  empty(parent, name);
  ignoreAbsent(() => parent.removeDirectory(name));
}

/** As `removeTree`, on the way out of something else: what is left of it, the next transaction removes. */
export function removeQuietly(parent: Directory, name: string): void {
  try {
    removeTree(parent, name);
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
  }
}

function empty(parent: Directory, name: string): void {
  using directory = openFully(parent, name);
  for (const entry of directory.list()) removeTree(directory, entry);
}

/** Directories of packages may be read-only, which stops everybody but root. */
function openFully(parent: Directory, name: string): Directory {
  const { kernel } = parent;
  const directory = parent.open(name);
  if (kernel.geteuid() !== 0 && (directory.ownDetails().mode & 0o700) !== 0o700) {
    kernel.fchmod(directory.number, 0o700);
  }
  return directory;
}

function ignoreAbsent(step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
}
