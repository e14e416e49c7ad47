import assert from "node:assert/strict";
import { lockNode } from "./lock_node.ts";
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
