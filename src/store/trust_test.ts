import assert from "node:assert/strict";
import { loadFamily } from "./load_family.ts";
import { code, Scratch } from "./_scratch.ts";
import { checkOwnerships, checkTrust, refuseUntrusted } from "./trust.ts";

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

Deno.test("owners that the host policy lists are trusted instead of the launching user", async () => {
  using scratch = new Scratch();
  const [node] = await loadFamily(scratch.node("a"));
  const owned = (uid: number) => [{ ...node, ownerships: node.ownerships.map((found) => ({ ...found, uid })) }];
  const owners = { uids: [7], where: { file: "/policy", line: 1, column: 9 } };
  assert.deepEqual(checkTrust(owned(7), 8, owners), []);
  assert.deepEqual(checkTrust(owned(0), 8, owners), []);
  const [first] = checkTrust(owned(8), 8, owners);
  assert.equal(
    first?.message,
    `Cannot trust "${node.path}": it belongs to user 8, who is neither root nor listed by /policy:1:9`,
  );
  assert.equal(await code(() => refuseUntrusted(owned(8), 8, owners)), "E_NOT_TRUSTED");
});

Deno.test("what only root may own is nobody else's, and nobody else's to write", () => {
  const root = { uids: [0], otherwise: "not to root" };
  const objections = (uid: number, mode: number) =>
    checkOwnerships([{ path: "/p", uid, mode }], root).map(({ message, hints }) => [message, ...hints ?? []]);
  assert.deepEqual(objections(0, 0o755), []);
  assert.deepEqual(objections(5, 0o755), [['Cannot trust "/p": it belongs to user 5, not to root', "chown 0 /p"]]);
  for (const mode of [0o775, 0o757, 0o1777]) {
    const bits = mode.toString(8).padStart(4, "0");
    const message = `Cannot trust "/p": others than its owner can write it (mode ${bits})`;
    assert.deepEqual(objections(0, mode), [[message, "chmod go-w /p"]]);
  }
});
