import { sha256 } from "../../core/sha256.ts";

/**
 * A UUID that is the same for the same text: version 8 of RFC 9562, the first bits of its SHA-256.
 *
 * @returns lower case, with hyphens
 */
export async function derivedUuid(text: string): Promise<string> {
  const bytes = Uint8Array.fromHex(await sha256(new TextEncoder().encode(text))).slice(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
