import { TRANSFER_SIZE } from "../../ffi/libc/libc.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";

/** Writes all of it; a single write(2) may write less than it was given. */
export function writeAll(kernel: Kernel, fd: number, bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0;) {
    const part = rest.subarray(0, TRANSFER_SIZE);
    rest = rest.subarray(kernel.write(fd, part, part.length));
  }
}
