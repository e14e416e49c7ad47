import assert from "node:assert/strict";
import { loadFamily } from "./load_family.ts";
import { code, Scratch } from "./_scratch.ts";
import { checkTrust, refuseUntrusted } from "./trust.ts";

Deno.test("what root or the launching user owns alone is trusted", async () => {
  using scratch = new Scratch();
  const family = await loadFamily(scratch.node("a"));
  const owner = family[0].ownerships[0]?.uid ?? -1;
  assert.deepEqual(checkTrust(family, owner), []);
});

Deno.test("another user's configuration is not trusted", async () => {
  using scratch = new Scratch();
  const [node] = await loadFamily(scratch.node("a"));
  const foreign = { ...node, ownerships: node.ownerships.map((found) => ({ ...found, uid: 7 })) };
  assert.equal(await code(() => refuseUntrusted([foreign], 8)), "E_NOT_TRUSTED");
  assert.deepEqual(checkTrust([foreign], 7), []);
});

Deno.test("a directory above the node that others can write is not trusted, unless they cannot rename what is in it", async () => {
  using scratch = new Scratch();
  const leaf = scratch.node("a/plain/b");
  scratch.node("a");
  const owner = (await loadFamily(leaf))[0].ownerships[0]?.uid ?? -1;
  Deno.chmodSync(`${scratch.path}/a/plain`, 0o777);
  const problems = checkTrust(await loadFamily(leaf), owner);
  assert.deepEqual(problems.map(({ hints }) => hints), [[`chmod go-w ${scratch.path}/a/plain`]]);
  Deno.chmodSync(`${scratch.path}/a/plain`, 0o1777);
  assert.deepEqual(checkTrust(await loadFamily(leaf), owner), []);
});

for (const name of ["", "/etc", "/etc/redpak.yaml", "/.rednode.yaml"]) {
  Deno.test(`a node whose ${name || "directory"} others can write is not trusted`, async () => {
    using scratch = new Scratch();
    const path = scratch.node("a");
    scratch.node("a/b");
    Deno.chmodSync(path + name, 0o775);
    const problems = checkTrust(await loadFamily(`${path}/b`), (await loadFamily(path))[0].ownerships[0]?.uid ?? -1);
    assert.deepEqual(problems.map(({ hints }) => hints), [[`chmod go-w ${path}${name}`]]);
  });
}

Deno.test("what the node itself holds is for a fix to close, what is above it is not", async () => {
  using scratch = new Scratch();
  const path = scratch.node("a/plain/b");
  const owner = (await loadFamily(path))[0].ownerships[0]?.uid ?? -1;
  Deno.chmodSync(`${scratch.path}/a/plain`, 0o777);
  Deno.chmodSync(`${path}/etc`, 0o775);
  const problems = checkTrust(await loadFamily(path), owner);
  assert.deepEqual(problems.map(({ fix }) => fix), [
    { action: "chmod", file: `${path}/etc`, mode: "go-w" },
    undefined,
  ]);
});
