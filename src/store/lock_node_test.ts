import assert from "node:assert/strict";
import { awaitFamilyLock, awaitNodeLock, lockNode } from "./lock_node.ts";
import { code, Scratch } from "./_scratch.ts";

Deno.test("a node has one writer at a time", async () => {
  using scratch = new Scratch();
  const path = scratch.node("a");
  {
    using _lock = lockNode(path);
    assert.equal(await code(() => lockNode(path)), "E_BUSY");
  }
  lockNode(path)[Symbol.dispose]();
});

Deno.test("a lock leaves nothing behind", () => {
  using scratch = new Scratch();
  const path = scratch.node("a");
  const names = () => [...Deno.readDirSync(path)].map(({ name }) => name).sort();
  const before = names();
  lockNode(path)[Symbol.dispose]();
  assert.deepEqual(names(), before);
});

Deno.test("the holder is named where it is known, and waited for where that is asked for", async () => {
  using scratch = new Scratch();
  const path = scratch.node("a");
  const lock = lockNode(path);
  assert.throws(() => lockNode(path, { findHolder: () => "redpak (process 7)" }), {
    message: `Cannot lock node "${path}": redpak (process 7) is changing it`,
  });
  assert.equal(await code(() => awaitNodeLock(path, { wait: 0.06 })), "E_BUSY");
  await assert.rejects(awaitNodeLock(path, { wait: 0, findHolder: () => "x" }), {
    hints: ["--wait waits until it is done"],
  });
  const waiting = awaitNodeLock(path, { wait: 60 });
  lock[Symbol.dispose]();
  (await waiting)[Symbol.dispose]();
});

Deno.test("who has waited for a node that was deleted does not get what was in its place", async () => {
  using scratch = new Scratch();
  const path = scratch.node("a");
  const lock = lockNode(path);
  const waiting = awaitNodeLock(path, { wait: 60 });
  Deno.renameSync(path, `${scratch.path}/b`);
  lock[Symbol.dispose]();
  assert.equal(await code(() => waiting), "E_NOT_FOUND");
});

Deno.test("who changes packages of a node keeps its ancestors as they are; its siblings and cousins do not wait", async () => {
  using scratch = new Scratch();
  const [top, one, other] = [scratch.node("top"), scratch.node("top/one"), scratch.node("top/other")];
  {
    using _one = await awaitFamilyLock([top], one);
    assert.equal(await code(() => awaitFamilyLock([top], one)), "E_BUSY");
    assert.equal(await code(() => awaitFamilyLock([], top)), "E_BUSY");
    assert.equal(await code(() => lockNode(top)), "E_BUSY");
    using _other = await awaitFamilyLock([top], other);
  }
  {
    using _top = await awaitFamilyLock([], top);
    assert.equal(await code(() => awaitFamilyLock([top], one)), "E_BUSY");
    lockNode(one)[Symbol.dispose]();
  }
  using lock = await awaitFamilyLock([top], one);
  assert.equal(lock.directory.ino, Deno.statSync(one).ino);
});

Deno.test("who cannot have all of a family keeps none, and waits where that is asked for", async () => {
  using scratch = new Scratch();
  const [top, one] = [scratch.node("top"), scratch.node("top/one")];
  const held = lockNode(one);
  assert.equal(await code(() => awaitFamilyLock([top], one)), "E_BUSY");
  lockNode(top)[Symbol.dispose]();
  const waiting = awaitFamilyLock([top], one, { wait: 60 });
  held[Symbol.dispose]();
  (await waiting)[Symbol.dispose]();
});
