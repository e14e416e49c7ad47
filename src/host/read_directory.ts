import type { Kernel } from "../../ffi/libc/system_calls.ts";

/** `d_type` of a directory, `dirent.h`. */
const DT_DIR = 4;

/** Offsets in `struct linux_dirent64`, getdents(2). */
const LAYOUT = { length: 16, type: 18, name: 19 };

/** Names of the directories in an open directory of /proc or /sys, which Deno's own functions refuse to read. */
export function subdirectories(kernel: Kernel, directory: number): string[] {
  const names: string[] = [];
  const buffer = new Uint8Array(32 * 1024);
  const view = new DataView(buffer.buffer);
  for (;;) {
    const size = kernel.getdents64(directory, buffer, buffer.length);
    if (size === 0) return names;
    for (let at = 0; at < size; at += view.getUint16(at + LAYOUT.length, true)) {
      if (buffer[at + LAYOUT.type] !== DT_DIR) continue;
      const start = at + LAYOUT.name;
      const name = new TextDecoder().decode(buffer.subarray(start, buffer.indexOf(0, start)));
      if (name !== "." && name !== "..") names.push(name);
    }
  }
}
