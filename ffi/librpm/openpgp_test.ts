import assert from "node:assert/strict";
import { LibraryMissing } from "../library_error.ts";
import { KEYS, SIGNATURES } from "./_openpgp_fixtures.ts";
import { readArmor } from "./armor.ts";
import { librpm } from "./librpm.ts";
import { invalidity, type PublicKey, readPublicKeys, verifySignature } from "./openpgp.ts";
import { splitCertificate } from "./openpgp_packets.ts";
import { RpmError } from "./rpm_error.ts";

const DATA = new TextEncoder().encode("data\n");
const IN_2024 = Date.UTC(2024, 5, 1) / 1000;
const IN_2026 = Date.UTC(2026, 5, 1) / 1000;

const ignore = isMissing();

function isMissing(): boolean {
  try {
    librpm();
    return false;
  } catch (error) {
    if (!(error instanceof LibraryMissing)) throw error;
    console.log(`skipped: ${error.message}`);
    return true;
  }
}

function key(name: keyof typeof KEYS): PublicKey {
  return readPublicKeys(KEYS[name])[0]!;
}

/** Why a signature does not count; empty where it does. */
function refusal(signature: string, keys: readonly PublicKey[], now = IN_2024, data = DATA): string {
  try {
    verifySignature(data, signature, keys, now);
    return "";
  } catch (error) {
    assert(error instanceof RpmError, String(error));
    return error.message.replace(/key [0-9A-F]{16}/, "key …");
  }
}

function changed(text: string, change: (bytes: Uint8Array) => void): string {
  const [bytes] = readArmor(text, "SIGNATURE");
  change(bytes!);
  return `-----BEGIN PGP SIGNATURE-----\n\n${bytes!.toBase64()}\n-----END PGP SIGNATURE-----\n`;
}

Deno.test({
  name: "a key is known by its fingerprint, its owner and when it is valid",
  ignore,
  fn() {
    const { parts: _, ...good } = key("good");
    assert.match(good.fingerprint, /^[0-9A-F]{40}$/);
    assert.deepEqual({ ...good, fingerprint: "" }, {
      fingerprint: "",
      userId: "good <good@example>",
      createdAt: Date.UTC(2024, 0, 1) / 1000,
      expiresAt: undefined,
      revoked: false,
    });
    assert.equal(key("expired").expiresAt, Date.UTC(2024, 11, 31) / 1000);
    assert.equal(invalidity(key("expired"), IN_2026), "has expired on 2024-12-31");
    assert.equal(invalidity(key("expired"), IN_2024), undefined);
    assert.equal(invalidity(key("revoked"), IN_2024), "its owner has taken back");
  },
});

Deno.test({
  name: "a file may have several keys, in one block or in several",
  ignore,
  fn() {
    const packets = [KEYS.good, KEYS.sub].map((text) => readArmor(text, "PUBLIC KEY BLOCK")[0]!);
    const joined = Uint8Array.from(packets.flatMap((bytes) => [...bytes])).toBase64();
    const one = `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${joined}\n-----END PGP PUBLIC KEY BLOCK-----\n`;
    for (const text of [one, `a comment\n${KEYS.good}\nanother\n${KEYS.sub}`]) {
      assert.deepEqual(readPublicKeys(text).map(({ userId }) => userId), ["good <good@example>", "sub <sub@example>"]);
    }
  },
});

for (
  const [what, signature, keys, now, expected] of [
    ["of the key", SIGNATURES.good, ["good"], IN_2026, ""],
    ["of one of the keys", SIGNATURES.good, ["other", "sub", "good"], IN_2026, ""],
    ["of a subkey", SIGNATURES.sub, ["sub"], IN_2024, ""],
    [
      "of another key",
      SIGNATURES.other,
      ["good"],
      IN_2024,
      "it is made with the key …, which is not known, or no longer valid",
    ],
    [
      "where there is no key",
      SIGNATURES.good,
      [],
      IN_2024,
      "it is made with the key …, which is not known, or no longer valid",
    ],
    ["of a key while it is valid", SIGNATURES.expired, ["expired"], IN_2024, ""],
    [
      "of a key that has expired",
      SIGNATURES.expired,
      ["expired"],
      IN_2026,
      "it is made with the key …, which has expired on 2024-12-31",
    ],
    [
      "of a subkey that has expired",
      SIGNATURES.sub,
      ["sub"],
      IN_2026,
      "it is made with the key …, which is not known, or no longer valid",
    ],
    [
      "of a key that was taken back",
      SIGNATURES.revoked,
      ["revoked"],
      IN_2024,
      "it is made with the key …, which its owner has taken back",
    ],
    ["with SHA-1", SIGNATURES.weak, ["good"], IN_2024, "its algorithm (2) is too weak: only SHA-2 counts"],
    [
      "that is changed",
      changed(SIGNATURES.good, (bytes) => bytes[bytes.length - 1]! ^= 1),
      ["good"],
      IN_2024,
      "it is not valid",
    ],
    ["and another one", SIGNATURES.good + SIGNATURES.other, ["good"], IN_2024, "it is more than one"],
    ["that is none", "nonsense", ["good"], IN_2024, 'it has no "BEGIN PGP SIGNATURE"'],
    ["that is a key", KEYS.good, ["good"], IN_2024, 'it has no "BEGIN PGP SIGNATURE"'],
    ["that is cut", SIGNATURES.good.slice(0, 100), ["good"], IN_2024, "it ends too early"],
  ] as const
) {
  Deno.test({
    name: `a signature ${what} ${expected === "" ? "counts" : `does not count: ${expected}`}`,
    ignore,
    fn: () => assert.equal(refusal(signature, keys.map(key), now), expected),
  });
}

Deno.test({
  name: "a signature counts for its very data",
  ignore,
  fn() {
    assert.equal(
      refusal(SIGNATURES.good, [key("good")], IN_2024, new TextEncoder().encode("Data\n")),
      "it is not valid",
    );
  },
});

Deno.test({
  name: "no signature with a changed bit counts, and none stops the process",
  ignore,
  fn() {
    const [bytes] = readArmor(SIGNATURES.good, "SIGNATURE");
    const keys = [key("good")];
    for (let at = 0; at < bytes!.length; at++) {
      const found = refusal(changed(SIGNATURES.good, (copy) => copy[at]! ^= 0x10), keys);
      // Subpackets that are not signed may be anything.
      if (found === "") assert(isUnhashed(bytes!, at), `byte ${at}`);
    }
  },
});

/** In the unhashed subpackets of a version 4 signature in a packet of the old format with one byte of length. */
function isUnhashed(bytes: Uint8Array, at: number): boolean {
  const hashed = 2 + 6 + bytes[6]! * 256 + bytes[7]!;
  return at >= hashed && at < hashed + 2 + bytes[hashed]! * 256 + bytes[hashed + 1]!;
}

for (
  const [what, text] of [["nothing", ""], ["a signature", SIGNATURES.good], ["half a key", KEYS.good.slice(0, 200)]]
) {
  Deno.test({
    name: `${what} is no key`,
    ignore,
    fn: () => assert.throws(() => readPublicKeys(text!), RpmError),
  });
}

Deno.test("armor with a wrong checksum, no empty line or other letters is damaged", () => {
  const wrap = (body: string) => `-----BEGIN PGP SIGNATURE-----\n${body}\n-----END PGP SIGNATURE-----\n`;
  assert.deepEqual(readArmor(wrap("Comment: x\n\nZGF0YQo="), "SIGNATURE"), [DATA]);
  for (const body of ["\nZGF0YQo=\n=AAAA", "ZGF0YQo=", "\nZGF0YQo", "\nZG.0YQo=", "\n", "nonsense\n\nZGF0YQo="]) {
    assert.throws(() => readArmor(wrap(body), "SIGNATURE"), { message: "it is damaged" }, body);
  }
});

Deno.test("certificates that are cut anywhere are split as far as they go", () => {
  const [bytes] = readArmor(KEYS.sub, "PUBLIC KEY BLOCK");
  assert.equal(splitCertificate(bytes!).length, 2);
  for (let length = 0; length < bytes!.length; length++) {
    assert(splitCertificate(bytes!.subarray(0, length)).length <= 2);
  }
});
