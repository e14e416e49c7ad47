import { O } from "../../../ffi/libc/constants.ts";
import type { Directory } from "../generation/directory.ts";

/** The lead of a package, which says nothing any more, and the head of a header. */
const LEAD_SIZE = 96;
const HEAD_SIZE = 16;
const ENTRY_SIZE = 16;

/** Bytes of a signature header that is read; a real one has a few thousand. */
const LIMIT = 1024 * 1024;

/**
 * Tags of signatures over the header, which has the digest of the payload in it. What was signed with the payload, as by
 * rpm 4.13 and before, is no less, but every package that has one of those has one of these.
 */
const HEADER_SIGNATURES = [267, 268];
const BINARY = 7;

/** SHA-2, by its numbers in OpenPGP, RFC 9580 section 9.5; SHA-3 likewise. */
const STRONG_HASHES = [8, 9, 10, 11, 12, 14];
const RSA = [1, 2, 3];

/** Bits of the shortest RSA key that counts; a signature can have a few bits less. */
const SHORTEST_RSA = 2048 - 32;

/**
 * Why the signature of a package counts for nothing, whoever has made it; undefined where it does, or there is none: librpm
 * says so. It verifies what MD5, SHA-1 and short keys have made like anything else.
 *
 * @param name of a package file in a directory that nobody else can change
 */
export function weakness(directory: Directory, name: string): string | undefined {
  const bytes = readSignatureHeader(directory, name);
  if (bytes === undefined) return undefined;
  const signatures = signaturesIn(bytes);
  const reasons = signatures.map(weaknessOf);
  return reasons.length === 0 || reasons.includes(undefined) ? undefined : reasons[0];
}

function readSignatureHeader(directory: Directory, name: string): Uint8Array | undefined {
  using file = directory.openFile(name, O.RDONLY);
  const { kernel } = directory;
  const read = (size: number) => {
    const bytes = new Uint8Array(size);
    let length = 0;
    while (length < size) {
      const part = new Uint8Array(Math.min(size - length, 64 * 1024));
      const count = kernel.read(file.number, part, part.length);
      if (count === 0) return undefined;
      bytes.set(part.subarray(0, count), length);
      length += count;
    }
    return bytes;
  };
  const head = read(LEAD_SIZE + HEAD_SIZE)?.subarray(LEAD_SIZE);
  if (head === undefined) return undefined;
  const view = new DataView(head.buffer, head.byteOffset);
  const size = view.getUint32(8) * ENTRY_SIZE + view.getUint32(12);
  const rest = size <= LIMIT ? read(size) : undefined;
  if (rest === undefined) return undefined;
  const bytes = new Uint8Array(HEAD_SIZE + size);
  bytes.set(head);
  bytes.set(rest, HEAD_SIZE);
  return bytes;
}

function signaturesIn(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const entries = view.getUint32(8);
  const data = HEAD_SIZE + entries * ENTRY_SIZE;
  const found: Uint8Array[] = [];
  for (let entry = HEAD_SIZE; entry < data; entry += ENTRY_SIZE) {
    const [tag, type, offset, count] = [0, 4, 8, 12].map((at) => view.getUint32(entry + at)) as [
      number,
      number,
      number,
      number,
    ];
    if (!HEADER_SIGNATURES.includes(tag) || type !== BINARY || data + offset + count > bytes.length) continue;
    found.push(bytes.subarray(data + offset, data + offset + count));
  }
  return found;
}

function weaknessOf(packet: Uint8Array): string | undefined {
  const body = bodyOf(packet);
  const version = body?.[0];
  if (body === undefined || (version !== 3 && version !== 4)) return "its signature is of no known kind";
  const [algorithm, hash] = version === 4 ? [body[2], body[3]] : [body[15], body[16]];
  if (!STRONG_HASHES.includes(hash ?? 0)) return "its signature is made with a digest that can be forged: SHA-2 counts";
  if (!RSA.includes(algorithm ?? 0)) return undefined;
  const start = version === 4 ? endOfSubpackets(body) + 2 : 19;
  const bits = (body[start] ?? 0) * 256 + (body[start + 1] ?? 0);
  return bits < SHORTEST_RSA ? "its signature is made with a short RSA key: 2048 bits and more count" : undefined;
}

/** Both areas of subpackets have their length in front, RFC 9580 section 5.2.3. */
function endOfSubpackets(body: Uint8Array): number {
  const hashed = 6 + (body[4] ?? 0) * 256 + (body[5] ?? 0);
  return hashed + 2 + (body[hashed] ?? 0) * 256 + (body[hashed + 1] ?? 0);
}

/** What is behind the head of a packet in either form, RFC 9580 section 4.2. */
function bodyOf(packet: Uint8Array): Uint8Array | undefined {
  const [tag = 0, length = 0] = packet;
  if ((tag & 0x80) === 0) return undefined;
  const isNew = (tag & 0x40) !== 0;
  if (isNew) return packet.subarray(length < 192 ? 2 : length < 224 ? 3 : 6);
  return packet.subarray([2, 3, 5][tag & 3] ?? 1);
}
