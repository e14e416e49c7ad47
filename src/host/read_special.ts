import { AT_FDCWD, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { libc } from "../../ffi/libc/libc.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";

/**
 * Content of a file of /proc or /sys, which Deno's own functions refuse without every permission there is. Throws
 * SystemCallError.
 */
export function readSpecial(path: string, kernel: Kernel = libc()): string {
  using file = new Descriptor(kernel, kernel.openat(AT_FDCWD, path, O.RDONLY | O.CLOEXEC, 0));
  return readAll(file.number, kernel);
}

/** What is left to read from a descriptor. Throws SystemCallError. */
export function readAll(descriptor: number, kernel: Kernel): string {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(16 * 1024);
  let text = "";
  while (true) {
    const count = kernel.read(descriptor, chunk, chunk.length);
    if (count === 0) return text + decoder.decode();
    text += decoder.decode(chunk.subarray(0, count), { stream: true });
  }
}
