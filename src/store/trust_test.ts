import assert from "node:assert/strict";
import { loadFamily } from "./load_family.ts";
import { code, Scratch } from "./_scratch.ts";
import { checkTrust, refuseUntrusted } from "./trust.ts";

Deno.test("what root or the launching user owns alone is trusted", () => {
  using scratch = new Scratch();
  const family = loadFamily(scratch.node("a"));
  const owner = family[0].ownerships[0]?.uid ?? -1;
  assert.deepEqual(checkTrust(family, owner), []);
});

Deno.test("another user's configuration is not trusted", () => {
  using scratch = new Scratch();
  const [node] = loadFamily(scratch.node("a"));
  const foreign = { ...node, ownerships: node.ownerships.map((found) => ({ ...found, uid: 7 })) };
  assert.equal(code(() => refuseUntrusted([foreign], 8)), "E_NOT_TRUSTED");
  assert.deepEqual(checkTrust([foreign], 7), []);
});

for (const name of ["", "/etc", "/etc/redpak.yaml", "/.rednode.yaml"]) {
  Deno.test(`a node whose ${name || "directory"} others can write is not trusted`, () => {
    using scratch = new Scratch();
    const path = scratch.node("a");
    scratch.node("a/b");
    Deno.chmodSync(path + name, 0o775);
    const problems = checkTrust(loadFamily(`${path}/b`), loadFamily(path)[0].ownerships[0]?.uid ?? -1);
    assert.deepEqual(problems.map(({ hints }) => hints), [[`chmod go-w ${path}${name}`]]);
  });
}
