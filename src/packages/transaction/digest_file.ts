import { TRANSFER_SIZE } from "../../../ffi/libc/libc.ts";
import type { Kernel } from "../../../ffi/libc/system_calls.ts";
import { Digest } from "../../../ffi/librpm/digest.ts";

/**
 * The digest of what an open file has, from where it is. Throws SystemCallError.
 *
 * @param size bytes that it has
 * @param algorithm as for `Digest`
 * @returns hexadecimal, in lower case; undefined where it has fewer bytes
 */
export function digestFile(kernel: Kernel, file: number, size: number, algorithm: string): string | undefined {
  using digest = new Digest(algorithm);
  const buffer = new Uint8Array(Math.min(size, TRANSFER_SIZE));
  for (let left = size; left > 0;) {
    const count = kernel.read(file, buffer, Math.min(left, buffer.length));
    if (count === 0) return undefined;
    digest.add(buffer.subarray(0, count));
    left -= count;
  }
  return digest.hex();
}
