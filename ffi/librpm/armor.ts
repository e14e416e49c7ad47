import { RpmError } from "./rpm_error.ts";

/**
 * The blocks of a kind in a text, in binary form; RFC 9580, section 6. librpm reads armored keys, and of these the first
 * only.
 *
 * @param kind `PUBLIC KEY BLOCK`, `SIGNATURE`
 * @throws {RpmError} where there is none, or one is damaged
 */
export function readArmor(text: string, kind: string): Uint8Array<ArrayBuffer>[] {
  const lines = text.split(/\r?\n/).map((line) => line.trimEnd());
  const blocks: Uint8Array<ArrayBuffer>[] = [];
  for (let at = lines.indexOf(`-----BEGIN PGP ${kind}-----`); at >= 0;) {
    const end = lines.indexOf(`-----END PGP ${kind}-----`, at);
    if (end < 0) throw new RpmError("it ends too early");
    blocks.push(decode(lines.slice(at + 1, end)));
    at = lines.indexOf(`-----BEGIN PGP ${kind}-----`, end);
  }
  if (blocks.length === 0) throw new RpmError(`it has no "BEGIN PGP ${kind}"`);
  return blocks;
}

/** Headers such as `Comment:`, an empty line, Base64, and mostly a checksum. */
function decode(lines: readonly string[]): Uint8Array<ArrayBuffer> {
  const empty = lines.indexOf("");
  const content = lines.slice(empty + 1).filter((line) => line !== "");
  if (empty < 0 || !lines.slice(0, empty).every((line) => /^[\w-]+: /.test(line))) throw new RpmError("it is damaged");
  const sum = content.at(-1)?.startsWith("=") ? content.pop() : undefined;
  try {
    const bytes = Uint8Array.fromBase64(content.join(""), { lastChunkHandling: "strict" });
    if (bytes.length > 0 && (sum === undefined || sum === `=${checksum(bytes).toBase64()}`)) return bytes;
  } catch {
    // Not Base64.
  }
  throw new RpmError("it is damaged");
}

/** CRC-24, RFC 4880, section 6.1. */
function checksum(bytes: Uint8Array): Uint8Array {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x800000 ? 0x1864cfb : 0);
  }
  return Uint8Array.of(crc >> 16, crc >> 8, crc);
}
