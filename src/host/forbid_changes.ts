import { AT, AT_FDCWD, CLONE, MOUNT_ATTR, MS } from "../../ffi/libc/constants.ts";
import { forbidWriting } from "../../ffi/libc/forbid_writing.ts";
import { libc } from "../../ffi/libc/libc.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import { MOUNT_ATTR_SIZE } from "../../ffi/libc/system_calls.ts";

/**
 * Makes every file unchangeable, for good, for this thread and those that it starts from now on. It is for libraries that
 * open for writing what they are to read: SQLite does so with the journal of a database where it may, and root may
 * everywhere. Permissions are all that is left where the kernel has neither way.
 *
 * By Landlock, which everybody may use; and by mounts of its own, which root may have: Landlock knows of no owners and times.
 */
export function forbidChanges(): void {
  forbidChangesByMounts();
  forbidWriting();
}

/** As `forbidChanges`, for root, and but for what is in directories that are open: Landlock would know no exception. */
export function forbidChangesByMounts(): void {
  try {
    const kernel = libc();
    kernel.unshare(CLONE.NEWNS);
    const attributes = { attr_set: MOUNT_ATTR.RDONLY, attr_clr: 0, propagation: MS.PRIVATE, userns_fd: 0 };
    kernel.mount_setattr(AT_FDCWD, "/", AT.RECURSIVE, attributes, MOUNT_ATTR_SIZE);
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
  }
}
