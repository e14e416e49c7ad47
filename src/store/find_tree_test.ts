import assert from "node:assert/strict";
import { findTree, type TreeNode } from "./find_tree.ts";
import { Scratch } from "./_scratch.ts";

type Shape = { [name: string]: Shape };

function shape(nodes: readonly TreeNode[], above: string): Shape {
  return Object.fromEntries(
    nodes.map(({ path, children }) => [path.slice(above.length + 1), shape(children, path)]),
  );
}

Deno.test("nodes are in the order of their names, numbered ones in that of their numbers", async () => {
  using scratch = new Scratch();
  for (const name of ["unit10", "unit9", "b", "plain2/c", "plain10/a"]) scratch.node(name);
  const { nodes } = await findTree(scratch.path);
  const names = nodes.map(({ path }) => path.slice(scratch.path.length + 1));
  assert.deepEqual(names, ["b", "plain2/c", "plain10/a", "unit9", "unit10"]);
});

Deno.test("all nodes are found, also below directories that are none", async () => {
  using scratch = new Scratch();
  for (const name of ["b", "a", "a/z", "a/plain/deep/y", "plain/c"]) scratch.node(name);
  assert.deepEqual(shape((await findTree(scratch.path)).nodes, scratch.path), {
    a: { "plain/deep/y": {}, z: {} },
    b: {},
    "plain/c": {},
  });
});

Deno.test("hidden directories and a node's content are not looked through", async () => {
  using scratch = new Scratch();
  for (const name of ["a", "a/.hidden/b", "a/usr/c", "a/etc/d"]) scratch.node(name);
  assert.deepEqual(shape((await findTree(scratch.path)).nodes, scratch.path), { a: {} });
});

Deno.test("a node in a plain directory named usr is found", async () => {
  using scratch = new Scratch();
  scratch.node("usr/a");
  assert.deepEqual(shape((await findTree(scratch.path)).nodes, scratch.path), { "usr/a": {} });
});

Deno.test("a broken node is in the tree with its error, and so are its children", async () => {
  using scratch = new Scratch();
  scratch.node("a");
  scratch.node("a/b");
  scratch.file("a/etc/redpak.yaml", "headers: {}\n");
  const [broken] = (await findTree(scratch.path)).nodes;
  assert.equal(broken?.node, undefined);
  assert.match(broken?.error?.message ?? "", /./);
  assert.equal(broken?.children[0]?.node?.normal.config.headers.alias, "b");
});

Deno.test("a tree deeper than the limit is cut with a warning", async () => {
  using scratch = new Scratch();
  scratch.node(`${"d/".repeat(70)}a`);
  const { nodes, warnings } = await findTree(scratch.path);
  assert.deepEqual(nodes, []);
  assert.deepEqual(warnings.map(({ code }) => code), ["W_NOT_SCANNED"]);
});
