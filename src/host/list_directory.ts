import { decodeName } from "../../ffi/libc/file_name.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";

/** Names in an open directory, in the kernel's order, without `.` and `..`. For a second time it must be opened again. */
export function listDirectory(kernel: Kernel, directory: number): string[] {
  const buffer = new Uint8Array(32 * 1024);
  const names: string[] = [];
  for (let filled; (filled = kernel.getdents64(directory, buffer, buffer.length)) > 0;) {
    const view = new DataView(buffer.buffer, 0, filled);
    // `struct linux_dirent64`: inode and offset of 8 bytes, u16 length of the record, u8 type, the name with a NUL.
    for (let at = 0; at < filled;) {
      const length = view.getUint16(at + 16, true);
      if (length === 0) throw new SystemCallError("getdents64", "EIO");
      const record = buffer.subarray(at + 19, at + length);
      const name = decodeName(record.subarray(0, record.indexOf(0)));
      if (name !== "." && name !== "..") names.push(name);
      at += length;
    }
  }
  return names;
}
