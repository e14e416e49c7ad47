import assert from "node:assert/strict";
import { deleteNode, planDeletion } from "./delete_node.ts";
import { findTree } from "./find_tree.ts";
import { lockNode } from "./lock_node.ts";
import { withPowerCut } from "./_power_cut.ts";
import { code, Scratch } from "./_scratch.ts";

function entries(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

Deno.test("a deleted node is gone with its content, and nothing beside it", async () => {
  using scratch = new Scratch();
  const path = scratch.node("a");
  scratch.node("b");
  scratch.file("a/usr/share/file", "");
  deleteNode(await planDeletion(path));
  assert.deepEqual(entries(scratch.path), ["b"]);
});

Deno.test("a node with children is deleted only on demand", async () => {
  using scratch = new Scratch();
  const path = scratch.node("a");
  scratch.node("a/plain/b");
  assert.equal(await code(() => planDeletion(path)), "E_NODE_HAS_CHILDREN");
  const deletion = await planDeletion(path, { recursive: true });
  assert.deepEqual(deletion.children, [`${path}/plain/b`]);
  deleteNode(deletion);
  assert.deepEqual(entries(scratch.path), []);
});

Deno.test("a broken node can be deleted, a plain directory cannot", async () => {
  using scratch = new Scratch();
  const path = scratch.node("a");
  scratch.file("a/etc/redpak.yaml", "{");
  scratch.file("plain/file", "");
  assert.equal(await code(() => planDeletion(`${scratch.path}/plain`)), "E_NODE_NOT_FOUND");
  deleteNode(await planDeletion(path));
  assert.deepEqual(entries(scratch.path), ["plain"]);
});

Deno.test("a node that somebody is changing is not deleted", async () => {
  using scratch = new Scratch();
  const path = scratch.node("a");
  const deletion = await planDeletion(path);
  using _lock = lockNode(path);
  assert.equal(await code(() => deleteNode(deletion)), "E_BUSY");
  assert.deepEqual(entries(scratch.path), ["a"]);
});

Deno.test("deletion killed at any moment leaves the whole node or none", async () => {
  for (let survivors = 0, done = false; !done; survivors++) {
    using scratch = new Scratch();
    const path = scratch.node("a");
    const deletion = await planDeletion(path);
    done = withPowerCut(survivors, () => deleteNode(deletion));
    for (const { error } of (await findTree(scratch.path)).nodes) assert.equal(error, undefined);
    assert(survivors < 50);
  }
});
