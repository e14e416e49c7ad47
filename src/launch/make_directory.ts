import { AT, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { fileStatus } from "../../ffi/libc/file_status.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { type Attempt, refuse } from "./launch_error.ts";
import { SMACK_ATTRIBUTE } from "./smack.ts";

/** Nobody but the launcher can enter a directory of this mode, so nothing can be put into it before it is handed over. */
const CLOSED = 0o700;

/** A new directory inherits the set-group-ID bit of its parent, inode(7). */
const INHERITED = 0o2000;

export interface NewDirectory {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Label of the Smack security module; empty for the launcher's. */
  readonly smack?: string;
}

/**
 * Makes a directory with exactly this owner and mode, where somebody else may be able to write to the parent: what gets
 * a new owner is certainly the new directory. Returns false where the name is taken, whatever it is.
 */
export function makeDirectory(
  kernel: Kernel,
  parent: number,
  name: string,
  { mode, uid, gid, smack = "" }: NewDirectory,
  attempt: Attempt,
): boolean {
  try {
    kernel.mkdirat(parent, name, CLOSED);
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  }
  const flags = O.RDONLY | O.DIRECTORY | O.NOFOLLOW | O.CLOEXEC;
  using directory = new Descriptor(kernel, kernel.openat(parent, name, flags, 0));
  const made = fileStatus(kernel, directory.number);
  if (made.uid !== kernel.geteuid() || (made.mode & 0o7777 & ~INHERITED) !== CLOSED || made.links > 2) {
    throw refuse(attempt, { code: "E_RACE", reason: `"${name}" was replaced while it was being made` });
  }
  // INVARIANT: first the owner, for chown(2) takes away bits of the mode.
  kernel.fchownat(directory.number, "", uid, gid, AT.EMPTY_PATH);
  kernel.fchmod(directory.number, mode);
  if (smack !== "") {
    const label = new TextEncoder().encode(smack);
    kernel.fsetxattr(directory.number, SMACK_ATTRIBUTE, label, label.length, 0);
  }
  return true;
}
