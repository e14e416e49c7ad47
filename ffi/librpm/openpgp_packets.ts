/** What librpm does not look at: how long keys are valid, and whether their owner has taken them back. RFC 9580. */

const TAG = { SIGNATURE: 2, PUBLIC_KEY: 6, SUBKEY: 14 } as const;
const REVOCATIONS = [0x20, 0x28];
/** Certifications of a user id, binding of a subkey, and signatures over the key itself. */
const ABOUT_KEY = [0x10, 0x11, 0x12, 0x13, 0x18, 0x1f];
const SUBPACKET = { CREATED: 2, KEY_EXPIRES: 9 } as const;

export interface Validity {
  /** Seconds since 1970; absent where it never ends. */
  readonly expiresAt: number | undefined;
  readonly revoked: boolean;
}

/** A key with the packets that belong to it: user ids and signatures. */
export interface KeyPart extends Validity {
  readonly bytes: Uint8Array;
}

interface Packet {
  readonly tag: number;
  readonly body: Uint8Array;
  /** With its head. */
  readonly bytes: Uint8Array;
}

/**
 * The keys of a certificate, the primary one first, each valid as its newest signature has it. No signature is verified
 * here: who hands out a certificate hands out all of it.
 */
export function splitCertificate(certificate: Uint8Array): KeyPart[] {
  const parts: Packet[][] = [];
  for (const packet of packetsOf(certificate)) {
    if (packet.tag === TAG.PUBLIC_KEY || packet.tag === TAG.SUBKEY) parts.push([]);
    parts.at(-1)?.push(packet);
  }
  return parts.map((packets) => {
    const last = packets.at(-1)!.bytes;
    const end = last.byteOffset - certificate.byteOffset + last.length;
    const bytes = certificate.subarray(packets[0]!.bytes.byteOffset - certificate.byteOffset, end);
    return { bytes, ...readValidity(packets) };
  });
}

function readValidity([key, ...packets]: readonly Packet[]): Validity {
  let newest = { created: -1, lifetime: 0 };
  let revoked = false;
  for (const { tag, body } of packets) {
    if (tag !== TAG.SIGNATURE || body[0] !== 4) continue;
    if (REVOCATIONS.includes(body[1]!)) revoked = true;
    if (!ABOUT_KEY.includes(body[1]!)) continue;
    const { created, lifetime } = readSubpackets(body);
    if (created >= newest.created) newest = { created, lifetime };
  }
  // A version 4 key: its version, and when it was made.
  return { expiresAt: newest.lifetime === 0 ? undefined : number(key!.body, 1, 4) + newest.lifetime, revoked };
}

/** Section 4.2. What is cut ends the list. */
function* packetsOf(bytes: Uint8Array): Generator<Packet> {
  for (let at = 0; at < bytes.length;) {
    const head = bytes[at]!;
    if ((head & 0x80) === 0) return;
    const isNew = (head & 0x40) !== 0;
    const tag = isNew ? head & 0x3f : (head >> 2) & 0xf;
    const length = isNew ? newLength(bytes, at + 1) : oldLength(bytes, at + 1, head & 3);
    if (length === undefined || length.end + length.size > bytes.length) return;
    const end = length.end + length.size;
    yield { tag, body: bytes.subarray(length.end, end), bytes: bytes.subarray(at, end) };
    at = end;
  }
}

interface Length {
  readonly size: number;
  /** Where the length ends. */
  readonly end: number;
}

function newLength(bytes: Uint8Array, at: number): Length | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first < 192) return { size: first, end: at + 1 };
  if (first < 224) return { size: ((first - 192) << 8) + (bytes[at + 1] ?? 0) + 192, end: at + 2 };
  // Parts of unknown length are for data, not for keys.
  return first === 255 ? { size: number(bytes, at + 1, 4), end: at + 5 } : undefined;
}

function oldLength(bytes: Uint8Array, at: number, kind: number): Length | undefined {
  const width = [1, 2, 4][kind];
  return width === undefined ? undefined : { size: number(bytes, at, width), end: at + width };
}

/** Of the hashed subpackets of a version 4 signature, section 5.2.3. */
function readSubpackets(body: Uint8Array): { created: number; lifetime: number } {
  let created = 0;
  let lifetime = 0;
  const end = Math.min(6 + number(body, 4, 2), body.length);
  for (let at = 6; at < end;) {
    const length = newLength(body, at);
    if (length === undefined || length.size === 0 || length.end + length.size > end) break;
    const type = body[length.end]! & 0x7f;
    if (type === SUBPACKET.CREATED) created = number(body, length.end + 1, 4);
    if (type === SUBPACKET.KEY_EXPIRES) lifetime = number(body, length.end + 1, 4);
    at = length.end + length.size;
  }
  return { created, lifetime };
}

function number(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let index = 0; index < width; index++) value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}
