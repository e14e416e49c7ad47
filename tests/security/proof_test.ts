/** What `redpak verify` says of attacks that are prepared in an image: one node for each, all of them at once. */
import assert from "node:assert/strict";
import { exec, redpak, Scratch } from "../system/_node.ts";
import { type Proof, PROOFS } from "./catalogue/proof.ts";

interface Finding {
  readonly check: string;
  readonly node: string;
  readonly message: string;
}

const scratch = new Scratch();
const root = `${scratch.path}/img`;
globalThis.addEventListener("unload", () => scratch[Symbol.dispose]());
for (const directory of ["opt/box", "etc"]) Deno.mkdirSync(`${root}/${directory}`, { recursive: true });
// Whose ids another one takes.
scratch.node("img/srv/a-first", "");
Deno.writeTextFileSync(`${root}/srv/a-first/.rednode.yaml`, "ids: 1879048192\n", { append: true });

function isProof(entry: (typeof PROOFS)[string]): entry is Proof {
  return "check" in entry;
}

const attacks = Object.entries(PROOFS).flatMap(([id, entry]) => isProof(entry) ? [{ id, ...entry }] : []);
for (const { id, parent, config = "", alias, commands } of attacks) {
  const name = id.toLowerCase();
  const above = parent === undefined ? "" : `${name}-top/`;
  if (parent !== undefined) scratch.node(`img/srv/${name}-top`, parent.replaceAll("/srv/top", `/srv/${name}-top`));
  const node = scratch.node(`img/srv/${above}${name}`, config.replaceAll("/srv/top", `/srv/${name}-top`));
  if (alias !== undefined) {
    const file = `${node}/etc/redpak.yaml`;
    Deno.writeTextFileSync(file, Deno.readTextFileSync(file).replace(`alias: ${name}`, `alias: ${alias}`));
  }
  if (commands !== undefined) {
    const { code, stderr } = exec("sh", ["-c", `cd "$1" && ${commands}`, "sh", node]);
    assert.equal(code, 0, stderr);
  }
}
const { stdout, stderr } = redpak(["verify", root, "--json"]);
const findings = JSON.parse(stdout || stderr).data.findings as readonly Finding[];

for (const { id, check } of attacks) {
  Deno.test(`${id}: an image with it is not proven, by ${check}`, () => {
    const found = findings.filter(({ node }) => node.split("/").at(-1) === id.toLowerCase());
    assert(found.some((one) => one.check === check), JSON.stringify(found));
  });
}

Deno.test("nothing is found but what was prepared", () => {
  const prepared = new Set(attacks.map(({ id }) => id.toLowerCase()));
  assert.deepEqual(findings.filter(({ node }) => !prepared.has(node.split("/").at(-1)!)), []);
});
