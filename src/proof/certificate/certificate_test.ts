import assert from "node:assert/strict";
import { open, seal } from "./envelope.ts";
import { readSigningKey, readVerifyingKey } from "./keys.ts";
import { findDifferences, PAYLOAD, type Proof, readStatement, statementOf, type Subject } from "./statement.ts";

const pem = (kind: string, der: ArrayBuffer) =>
  `-----BEGIN ${kind}-----\n${new Uint8Array(der).toBase64()}\n-----END ${kind}-----\n`;

async function keys() {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]) as CryptoKeyPair;
  return {
    secret: pem("PRIVATE KEY", await crypto.subtle.exportKey("pkcs8", pair.privateKey)),
    open: pem("PUBLIC KEY", await crypto.subtle.exportKey("spki", pair.publicKey)),
  };
}

const written = (envelope: unknown) => `${JSON.stringify(envelope)}\n`;
const refused = { code: "E_CERTIFICATE" };

Deno.test("what one key has signed, it alone opens, as it was and as what it was", async () => {
  const [mine, theirs] = [await keys(), await keys()];
  const { key, id } = await readSigningKey(mine.secret, "key");
  const text = written(await seal("a statement", PAYLOAD, key, id));
  const [own, other] = [await readVerifyingKey(mine.open, "key"), await readVerifyingKey(theirs.open, "key")];
  assert.equal(await open(text, PAYLOAD, own), "a statement");
  await assert.rejects(open(text, PAYLOAD, other), refused);
  await assert.rejects(open(text, "another type", own), refused);
  for (const other of [text.trim(), ` ${text}`, text.replace(",", ", "), text.replace(id, "0".repeat(64))]) {
    await assert.rejects(open(other, PAYLOAD, own), refused, other);
  }
  const envelope = JSON.parse(text);
  const changed = [
    { ...envelope, payload: btoa("a statemenT") },
    { ...envelope, payloadType: "another type" },
    { ...envelope, signatures: [] },
    { ...envelope, signatures: [{ keyid: id, sig: "AAAA" }] },
    { ...envelope, signatures: [{ keyid: id, sig: "§" }] },
    {},
    null,
  ];
  for (const one of changed) await assert.rejects(open(written(one), PAYLOAD, own), refused);
  await assert.rejects(open(written(changed[1]), "another type", own), refused, "the type is signed, too");
});

Deno.test("a key that is none is refused by its name", async () => {
  const { secret, open } = await keys();
  for (const wrong of ["", open, secret.replace(/\n.*\n/, "\nAAAA\n"), secret.replace(/\n.*\n/, "\nA\n")]) {
    await assert.rejects(readSigningKey(wrong, "ci.pem"), { code: "E_KEY", message: /"ci\.pem"/ });
  }
  await assert.rejects(readVerifyingKey(secret, "ci.pub"), { code: "E_KEY" });
});

const PROOF: Proof = {
  version: "1",
  time: "2026-01-01T00:00:00.000Z",
  architecture: "x86_64",
  admin: false,
  checks: [],
  rules: [],
  nodes: [{ path: "/n", alias: "n", ids: 1 }, { path: "/n/c", alias: "c", ids: 2 }],
  accepted: [],
};
const SUBJECT: Subject[] = [
  { name: "/n/etc/redpak.yaml", digest: { sha256: "a" } },
  { name: "/n/c/etc/redpak.yaml", digest: { sha256: "b" } },
];

Deno.test("every difference is found: files and nodes that have changed, come and gone", () => {
  const statement = readStatement(JSON.stringify(statementOf(SUBJECT, PROOF)));
  const differences = (subject: readonly Subject[], nodes = PROOF.nodes) =>
    findDifferences(statement, { subject, nodes }).map(({ node, message }) => `${node} ${message.split(", since")[0]}`);
  assert.deepEqual(differences(SUBJECT), []);
  assert.deepEqual(differences([SUBJECT[0]!, { name: "/n/c/etc/redpak.yaml", digest: { sha256: "x" } }]), [
    '/n/c File "/n/c/etc/redpak.yaml" has another content',
  ]);
  assert.deepEqual(differences([SUBJECT[1]!, { name: "/etc/redpak/policy.yaml", digest: { sha256: "p" } }]), [
    '/ File "/etc/redpak/policy.yaml" was not there',
    '/n File "/n/etc/redpak.yaml" is gone',
  ]);
  assert.deepEqual(differences(SUBJECT, [{ path: "/n", alias: "n", ids: 3 }, { path: "/m", alias: "m", ids: 4 }]), [
    '/n Node "/n" has other ids than were proven',
    '/n/c Node "/n/c" is gone',
    '/m Node "/m" was not there when this was proven',
  ]);
});

Deno.test("a statement about something else is none", () => {
  const statement = statementOf(SUBJECT, PROOF);
  for (
    const wrong of [
      "",
      "{}",
      JSON.stringify({ ...statement, _type: "x" }),
      JSON.stringify({ ...statement, predicateType: "x" }),
      JSON.stringify({ ...statement, subject: [{ name: 1 }] }),
      JSON.stringify({ ...statement, predicate: { ...PROOF, nodes: [{}] } }),
    ]
  ) assert.throws(() => readStatement(wrong), refused, wrong);
});
