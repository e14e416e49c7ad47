import { FICLONE, O } from "../../../ffi/libc/constants.ts";
import type { Descriptor } from "../../../ffi/libc/descriptor.ts";
import { type FileDetails, fileDetails, isRegularFile, isSameFile } from "../../../ffi/libc/file_status.ts";
import { TRANSFER_SIZE } from "../../../ffi/libc/libc.ts";
import { isErrno, SystemCallError } from "../../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../../ffi/libc/system_calls.ts";
import { copyAttributes } from "./copy_attributes.ts";
import type { Directory } from "./directory.ts";

/** Bytes that one copy_file_range(2) is asked for; its result has to fit into 31 bits. */
const RANGE = 1024 * 1024 * 1024;

/** What holes are looked for in. */
const BLOCK = 4096;

/** A regular file of a directory. */
export interface Original {
  readonly directory: Directory;
  readonly name: string;
  readonly details: FileDetails;
}

/**
 * Makes a file that has nothing in common with the original but what it shows: content with its holes, owner, mode,
 * extended attributes, times. Where the file system can, the blocks are shared until one of both is written to. Throws
 * SystemCallError; then there is no new file.
 *
 * @param onlyShared where blocks cannot be shared, nothing is made
 * @param attributes otherwise it is the caller's, for the caller alone
 * @returns whether the blocks are shared
 */
export function copyFile(
  { directory, name, details }: Original,
  to: Directory,
  newName: string,
  { onlyShared = false, attributes = true } = {},
): boolean {
  const { kernel } = directory;
  using from = directory.openFile(name, O.RDONLY);
  const opened = fileDetails(kernel, from.number, "");
  if (!isRegularFile(opened) || !isSameFile(opened, details)) throw new SystemCallError("openat", "ESTALE");
  using copy = to.openFile(newName, O.WRONLY | O.CREAT | O.EXCL, 0o600);
  try {
    const shared = shareBlocks(kernel, from, copy);
    if (!shared && onlyShared) {
      to.remove(newName);
      return false;
    }
    if (!shared) copyContent(kernel, from, opened, copy);
    if (attributes) copyAttributes(kernel, from.number, opened, copy.number);
    return shared;
  } catch (error) {
    to.remove(newName);
    throw error;
  }
}

function shareBlocks(kernel: Kernel, from: Descriptor, to: Descriptor): boolean {
  try {
    kernel.ioctl(to.number, FICLONE, from.number);
    return true;
  } catch (error) {
    // What file systems say that cannot do it, or not for this file: ioctl_ficlone(2).
    if (isErrno(error, "EOPNOTSUPP", "ENOTTY", "EINVAL", "EXDEV", "ETXTBSY", "ENOSYS")) return false;
    throw error;
  }
}

function copyContent(kernel: Kernel, from: Descriptor, { size, blocks }: FileDetails, to: Descriptor): void {
  const isSparse = blocks * 512 < size;
  if (!isSparse && copyRanges(kernel, from, to, size)) return;
  const buffer = new Uint8Array(TRANSFER_SIZE);
  let at = 0;
  for (let count; (count = kernel.read(from.number, buffer, buffer.length)) > 0; at += count) {
    writeBlocks(kernel, to, buffer.subarray(0, count), at);
  }
  // A hole at the end is not written either.
  kernel.ftruncate(to.number, at);
}

/** Lets the kernel copy; returns false where it cannot, and has not begun. */
function copyRanges(kernel: Kernel, from: Descriptor, to: Descriptor, size: number): boolean {
  for (let left = size; left > 0;) {
    try {
      const count = kernel.copy_file_range(from.number, null, to.number, null, Math.min(left, RANGE), 0);
      if (count === 0) return left < size;
      left -= count;
    } catch (error) {
      if (left === size && isErrno(error, "ENOSYS", "EXDEV", "EINVAL", "EOPNOTSUPP")) return false;
      throw error;
    }
  }
  return true;
}

/** Writes what is not zero: elsewhere the new file has a hole. */
function writeBlocks(kernel: Kernel, to: Descriptor, bytes: Uint8Array, at: number): void {
  for (let start = 0; start < bytes.length;) {
    let end = start;
    while (end < bytes.length && !isZero(bytes.subarray(end, end + BLOCK))) end += BLOCK;
    for (let from = start; from < Math.min(end, bytes.length);) {
      const part = bytes.subarray(from, end);
      from += kernel.pwrite64(to.number, part, part.length, at + from);
    }
    start = end + BLOCK;
  }
}

function isZero(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}
