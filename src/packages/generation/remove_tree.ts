import { AT } from "../../../ffi/libc/constants.ts";
import { type FileDetails, isDirectory, isRegularFile } from "../../../ffi/libc/file_status.ts";
import { isErrno, SystemCallError } from "../../../ffi/libc/system_call_error.ts";
import { hasPrivileges } from "./clone_tree.ts";
import type { Directory } from "./directory.ts";

/** What is done to a file before it is removed. */
type BeforeRemoval = (parent: Directory, name: string, details: FileDetails) => void;

/**
 * Removes an entry of a directory and everything in it. No link is followed, and nothing of another file system is removed:
 * what is mounted there has other owners. What is not there is fine. Throws SystemCallError.
 */
export function removeTree(parent: Directory, name: string, before: BeforeRemoval = () => {}): void {
  const details = parent.findDetails(name);
  if (details === undefined) return;
  if (!isDirectory(details)) {
    before(parent, name, details);
    return ignoreAbsent(() => parent.remove(name));
  }
  if (details.device !== parent.ownDetails().device || details.isMounted) {
    throw new SystemCallError("unlinkat", "EBUSY");
  }
  empty(parent, name, before);
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

/**
 * As `removeTree`, for the `usr` of a former generation: who has given a program of it another name elsewhere keeps no
 * privileges by that. INVARIANT: no other generation has the same file, for programs with privileges are copied (`cloneTree`).
 */
export function removeFormer(parent: Directory, name: string): void {
  removeTree(parent, name, (directory, file, details) => {
    if (!isRegularFile(details) || details.links === 1 || !hasPrivileges(directory, file, details)) return;
    try {
      // Takes set-user-ID and set-group-ID bits and capabilities away, and changes no owner.
      directory.kernel.fchownat(directory.number, file, -1, -1, AT.SYMLINK_NOFOLLOW);
    } catch (error) {
      // Somebody else's, in a node of an ordinary user: it is theirs.
      if (!isErrno(error, "EPERM")) throw error;
    }
  });
}

function empty(parent: Directory, name: string, before: BeforeRemoval): void {
  using directory = openFully(parent, name);
  for (const entry of directory.list()) removeTree(directory, entry, before);
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
