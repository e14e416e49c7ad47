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

/** What is left to read from a descriptor, as text. Throws SystemCallError. */
export function readAll(descriptor: number, kernel: Kernel): string {
  return new TextDecoder().decode(readBytes(descriptor, kernel));
}

/** What is left to read from a descriptor. Throws SystemCallError. */
export function readBytes(descriptor: number, kernel: Kernel): Uint8Array<ArrayBuffer> {
  let bytes = new Uint8Array(16 * 1024);
  for (let length = 0;;) {
    const count = kernel.read(descriptor, bytes.subarray(length), bytes.length - length);
    if (count === 0) return bytes.subarray(0, length);
    length += count;
    if (length < bytes.length) continue;
    const larger = new Uint8Array(2 * length);
    larger.set(bytes);
    bytes = larger;
  }
}
