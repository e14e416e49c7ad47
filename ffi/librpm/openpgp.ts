import { Allocation, NULL, readAddress, readBytes, readText, takeBytes } from "../libc/memory.ts";
import { lazySymbols } from "../shared_library.ts";
import { readArmor } from "./armor.ts";
import { librpmLibrary } from "./librpm.ts";
import { type KeyPart, splitCertificate, type Validity } from "./openpgp_packets.ts";
import { RpmError } from "./rpm_error.ts";

const POINTER = "usize";

const SYMBOLS = {
  /** `int rpmInitCrypto(void)` */
  rpmInitCrypto: { parameters: [], result: "i32" },
  /** `int pgpPubKeyCertLen(const uint8_t *pkts, size_t pktslen, size_t *certlen)` */
  pgpPubKeyCertLen: { parameters: ["buffer", "usize", "buffer"], result: "i32" },
  /** `int pgpPubkeyFingerprint(const uint8_t *pkt, size_t pktlen, uint8_t **fp, size_t *fplen)`: the fingerprint is malloc'ed */
  pgpPubkeyFingerprint: { parameters: ["buffer", "usize", POINTER, POINTER], result: "i32" },
  /** `int pgpPrtParams(const uint8_t *pkts, size_t pktlen, unsigned int pkttype, pgpDigParams *ret)` */
  pgpPrtParams: { parameters: ["buffer", "usize", "u32", POINTER], result: "i32" },
  /** `unsigned int pgpDigParamsAlgo(pgpDigParams digp, unsigned int algotype)` */
  pgpDigParamsAlgo: { parameters: [POINTER, "u32"], result: "u32" },
  /** `const uint8_t *pgpDigParamsSignID(pgpDigParams digp)` */
  pgpDigParamsSignID: { parameters: [POINTER], result: POINTER },
  /** `const char *pgpDigParamsUserID(pgpDigParams digp)` */
  pgpDigParamsUserID: { parameters: [POINTER], result: POINTER },
  /** `uint32_t pgpDigParamsCreationTime(pgpDigParams digp)` */
  pgpDigParamsCreationTime: { parameters: [POINTER], result: "u32" },
  /** `pgpDigParams pgpDigParamsFree(pgpDigParams digp)` */
  pgpDigParamsFree: { parameters: [POINTER], result: POINTER },

  /** `rpmKeyring rpmKeyringNew(void)` */
  rpmKeyringNew: { parameters: [], result: POINTER },
  /** `rpmKeyring rpmKeyringFree(rpmKeyring keyring)` */
  rpmKeyringFree: { parameters: [POINTER], result: POINTER },
  /** `rpmPubkey rpmPubkeyNew(const uint8_t *pkt, size_t pktlen)` */
  rpmPubkeyNew: { parameters: ["buffer", "usize"], result: POINTER },
  /** `rpmPubkey rpmPubkeyFree(rpmPubkey key)` */
  rpmPubkeyFree: { parameters: [POINTER], result: POINTER },
  /** `rpmPubkey *rpmGetSubkeys(rpmPubkey mainkey, int *count)`: malloc'ed, and so are the keys */
  rpmGetSubkeys: { parameters: [POINTER, "buffer"], result: POINTER },
  /** `int rpmKeyringAddKey(rpmKeyring keyring, rpmPubkey key)` */
  rpmKeyringAddKey: { parameters: [POINTER, POINTER], result: "i32" },
  /** `rpmRC rpmKeyringVerifySig(rpmKeyring keyring, pgpDigParams sig, DIGEST_CTX ctx)` */
  rpmKeyringVerifySig: { parameters: [POINTER, POINTER, POINTER], result: "i32" },

  /** `DIGEST_CTX rpmDigestInit(int hashalgo, rpmDigestFlags flags)` */
  rpmDigestInit: { parameters: ["i32", "u32"], result: POINTER },
  /** `int rpmDigestUpdate(DIGEST_CTX ctx, const void *data, size_t len)` */
  rpmDigestUpdate: { parameters: [POINTER, "buffer", "usize"], result: "i32" },
  /** `int rpmDigestFinal(DIGEST_CTX ctx, void **datap, size_t *lenp, int asAscii)` */
  rpmDigestFinal: { parameters: [POINTER, POINTER, POINTER, "i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** `rpm/rpmpgp.h` and `rpm/rpmtypes.h`; RFC 4880, sections 4.3 and 9.4. */
const TAG = { SIGNATURE: 2, PUBLIC_KEY: 6 } as const;
const VALUE = { HASHALGO: 9 } as const;
const RC = { OK: 0, NOKEY: 4 } as const;
/** SHA-2; what else there is can be forged, or is not in use. */
const HASHES = [8, 9, 10, 11];
const KEY_ID_SIZE = 8;

type Bytes = Uint8Array<ArrayBuffer>;

let symbols: ReturnType<typeof lazySymbols<typeof SYMBOLS>> | undefined;

function rpm() {
  if (symbols === undefined) {
    symbols = lazySymbols(librpmLibrary(), SYMBOLS);
    symbols.rpmInitCrypto();
  }
  return symbols;
}

/** A public key, as people know it. */
export interface PublicKey extends Validity {
  /** Hexadecimal, in capitals. */
  readonly fingerprint: string;
  readonly userId: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** The key with its user ids and signatures, then its subkeys, in the binary form of OpenPGP. */
  readonly parts: readonly KeyPart[];
}

/**
 * Reads the keys in an armored text, as gpg --export --armor writes it.
 *
 * @throws {RpmError} where it has none that librpm understands
 */
export function readPublicKeys(armored: string): PublicKey[] {
  return readArmor(armored, "PUBLIC KEY BLOCK").flatMap(splitKeys);
}

function splitKeys(packets: Bytes): PublicKey[] {
  const keys: PublicKey[] = [];
  for (let rest = packets; rest.length > 0;) {
    const length = new BigUint64Array(1);
    const failed = rpm().pgpPubKeyCertLen(rest, BigInt(rest.length), length) !== 0;
    if (failed || length[0] === 0n) throw new RpmError("it is damaged");
    const certificate = rest.slice(0, Number(length[0]));
    keys.push(describe(certificate));
    rest = rest.slice(certificate.length);
  }
  return keys;
}

function describe(certificate: Bytes): PublicKey {
  using parameters = new Parameters(certificate, TAG.PUBLIC_KEY, "it holds a key that librpm does not understand");
  const parts = splitCertificate(certificate);
  const [primary] = parts;
  if (primary === undefined) throw new RpmError("it is damaged");
  return {
    fingerprint: fingerprintOf(certificate),
    userId: readText(rpm().pgpDigParamsUserID(parameters.address)),
    createdAt: rpm().pgpDigParamsCreationTime(parameters.address),
    expiresAt: primary.expiresAt,
    revoked: primary.revoked,
    parts,
  };
}

function fingerprintOf(certificate: Bytes): string {
  using out = new Allocation(16);
  if (rpm().pgpPubkeyFingerprint(certificate, BigInt(certificate.length), out.address, out.address + 8n) !== 0) {
    throw new RpmError("it holds a key without a fingerprint");
  }
  const length = Number(readAddress(out.address + 8n));
  return takeBytes(readAddress(out.address), length).toHex().toUpperCase();
}

/** What librpm has read of the first packets of one kind. */
class Parameters implements Disposable {
  readonly address: bigint;

  constructor(packets: Bytes, tag: number, otherwise: string) {
    using out = new Allocation(8);
    if (rpm().pgpPrtParams(packets, BigInt(packets.length), tag, out.address) !== 0) throw new RpmError(otherwise);
    this.address = readAddress(out.address);
  }

  [Symbol.dispose](): void {
    rpm().pgpDigParamsFree(this.address);
  }
}

/**
 * Makes sure that one of the keys has made this signature of the data.
 *
 * @param signature detached and armored
 * @param now seconds since 1970: keys that have expired, or were taken back, count as little as unknown ones
 * @throws {RpmError} why it does not count
 */
export function verifySignature(data: Bytes, signature: string, keys: readonly PublicKey[], now: number): void {
  const [packets, second] = readArmor(signature, "SIGNATURE");
  if (second !== undefined) throw new RpmError("it is more than one");
  using parameters = new Parameters(packets!, TAG.SIGNATURE, "librpm does not understand it");
  const algorithm = rpm().pgpDigParamsAlgo(parameters.address, VALUE.HASHALGO);
  if (!HASHES.includes(algorithm)) throw new RpmError(`its algorithm (${algorithm}) is too weak: only SHA-2 counts`);
  using keyring = new Keyring(validCertificates(keys, now));
  const context = rpm().rpmDigestInit(algorithm, 0);
  if (context === NULL) throw new RpmError(`librpm does not know its algorithm (${algorithm})`);
  try {
    rpm().rpmDigestUpdate(context, data, BigInt(data.length));
    const result = rpm().rpmKeyringVerifySig(keyring.address, parameters.address, context);
    if (result === RC.OK) return;
    if (result !== RC.NOKEY) throw new RpmError("it is not valid");
    const maker = readBytes(rpm().pgpDigParamsSignID(parameters.address), KEY_ID_SIZE).toHex().toUpperCase();
    const known = keys.find(({ fingerprint }) => fingerprint.endsWith(maker));
    throw new RpmError(
      `it is made with the key ${maker}, which ${
        known === undefined ? "is not known, or no longer valid" : invalidity(known, now)
      }`,
    );
  } finally {
    rpm().rpmDigestFinal(context, NULL, NULL, 0);
  }
}

/** Why a key does not count. */
export function invalidity({ revoked, expiresAt }: Validity, now: number): string | undefined {
  if (revoked) return "its owner has taken back";
  if (expiresAt === undefined || now < expiresAt) return undefined;
  return `has expired on ${new Date(expiresAt * 1000).toISOString().slice(0, 10)}`;
}

/** What of some keys counts now, in the binary form of OpenPGP: without what has expired or was taken back. */
export function validCertificates(keys: readonly PublicKey[], now: number): Bytes[] {
  return keys.flatMap(({ parts }) => {
    const [primary, ...subkeys] = parts.map((part) => invalidity(part, now) === undefined ? part.bytes : undefined);
    return primary === undefined ? [] : [concatenate([primary, ...subkeys.filter((it) => it !== undefined)])];
  });
}

/** Keys in memory, as librpm looks them up. */
export class Keyring implements Disposable {
  readonly address = rpm().rpmKeyringNew();

  constructor(certificates: readonly Bytes[]) {
    for (const certificate of certificates) {
      const key = rpm().rpmPubkeyNew(certificate, BigInt(certificate.length));
      if (key === NULL) continue;
      rpm().rpmKeyringAddKey(this.address, key);
      this.#addSubkeys(key);
      rpm().rpmPubkeyFree(key);
    }
  }

  /** Most signatures are made with one. */
  #addSubkeys(key: bigint): void {
    const count = new Int32Array(1);
    const array = rpm().rpmGetSubkeys(key, count);
    if (array === NULL) return;
    for (const subkey of new BigUint64Array(takeBytes(array, count[0]! * 8).buffer)) {
      rpm().rpmKeyringAddKey(this.address, subkey);
      rpm().rpmPubkeyFree(subkey);
    }
  }

  [Symbol.dispose](): void {
    rpm().rpmKeyringFree(this.address);
  }
}

function concatenate(parts: readonly Uint8Array[]): Bytes {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
