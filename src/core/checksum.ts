/**
 * A checksum of bytes in 32 bits, over little-endian words of four; missing ones at the end count as zeros. Whatever
 * changes in one word is found for certain, anything else but for one in 2³²: it finds what memory and storage damage,
 * and proves nothing against whoever can compute it (ffi/stage/plan.c does).
 *
 * @param skipped the word at this offset counts as zero: where the sum itself is
 */
export function checksum(bytes: Uint8Array, skipped?: number): number {
  const padded = bytes.length % 4 === 0 ? bytes : withZeros(bytes);
  const view = new DataView(padded.buffer, padded.byteOffset, padded.byteLength);
  let sum = 0;
  for (let at = 0; at < padded.length; at += 4) {
    const word = at === skipped ? 0 : view.getUint32(at, true);
    // Each step is one-to-one in the word and in what came before. The factor is the one of 32-bit FNV.
    sum = Math.imul((sum << 5 | sum >>> 27) ^ word, 0x0100_0193);
  }
  return sum >>> 0;
}

function withZeros(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  return padded;
}
