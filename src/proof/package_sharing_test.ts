import assert from "node:assert/strict";
import { findSharing, type SharedPackage, type SharingNode } from "./package_sharing.ts";

const one = (label: string, ...files: readonly [path: string, size: number][]): SharedPackage => ({
  label,
  files: files.map(([path, size]) => ({ path, size, content: `${label} ${path}` })),
});
const LIB = one("lib-1", ["/usr/lib/lib.so", 100], ["/usr/share/lib/doc", 10], ["/etc/lib", 1]);
const APP = one("app-1", ["/usr/bin/app", 1000]);

const node = (path: string, packages: readonly SharedPackage[], ...sees: readonly string[]): SharingNode => ({
  path,
  packages,
  sees: sees.map((source) => ({ source, hidden: [] })),
});

const inherited = (...nodes: readonly SharingNode[]) =>
  findSharing(nodes).byNode.get(nodes.at(-1)!.path)!.inherited.map(({ node, packages, bytes }) =>
    `${node} ${packages} ${bytes}`
  );

Deno.test("a node has of its ancestors what its mounts show, each part once", () => {
  const top = node("/n", [LIB, APP]);
  for (
    const [sees, expected] of [
      [["/n/usr"], ["/n 2 1110"]],
      [["/"], ["/n 2 1111"]],
      [["/n/usr/lib", "/n/usr/lib", "/n/usr/lib/lib.so"], ["/n 1 100"]],
      [["/n/usr/bin", "/n/usr/share"], ["/n 2 1010"]],
      [["/n/us", "/n/usr/nothing", "/nn/usr"], []],
    ] as const
  ) {
    assert.deepEqual(inherited(top, node("/n/a", [], ...sees)), expected, sees.join());
  }
});

Deno.test("what is covered by another mount is not seen, but where it is shown elsewhere", () => {
  const top = node("/n", [LIB, APP]);
  const covered = { source: "/n/usr", hidden: ["/n/usr/share", "/n/usr/share/lib"] };
  assert.deepEqual(inherited(top, { path: "/n/a", packages: [], sees: [covered] }), ["/n 2 1100"]);
  const elsewhere = { source: "/n/usr/share", hidden: [] };
  assert.deepEqual(inherited(top, { path: "/n/a", packages: [], sees: [covered, elsewhere] }), ["/n 2 1110"]);
  const gone = { source: "/", hidden: ["/n"] };
  assert.deepEqual(inherited(top, { path: "/n/a", packages: [], sees: [gone] }), []);
});

Deno.test("ancestors come nearest first, and no sibling is one", () => {
  const nodes = [node("/n", [APP]), node("/n/b", [APP]), node("/n/a", [LIB]), node("/n/a/x", [], "/n")];
  assert.deepEqual(inherited(...nodes), ["/n/a 1 111", "/n 1 1000"]);
});

Deno.test("what several nodes have by themselves is there more than once, with the node that could have it for all", () => {
  const renamed = { label: "lib-2", files: LIB.files };
  const { byNode, duplicated, packages } = findSharing([
    node("/n", []),
    node("/n/a", [LIB, APP]),
    node("/n/b", [renamed]),
    node("/n/b/c", [APP]),
    node("/m", [APP]),
    node("/o", [LIB, one("own-1", ["/usr/own", 5])]),
  ]);
  assert.equal(duplicated, 2 * 111 + 2 * 1000);
  assert.deepEqual([...byNode].map(([path, { own, duplicated }]) => [path, own, duplicated]), [
    ["/n", 0, 0],
    ["/n/a", 1111, 1111],
    ["/n/b", 111, 111],
    ["/n/b/c", 1000, 1000],
    ["/m", 1000, 1000],
    ["/o", 116, 111],
  ]);
  assert.deepEqual(packages, [
    { label: "app-1", bytes: 1000, nodes: ["/n/a", "/n/b/c", "/m"], common: undefined },
    { label: "lib-1", bytes: 111, nodes: ["/n/a", "/o"], common: undefined },
  ]);
  const [together] = findSharing([node("/n", []), node("/n/a", [LIB]), node("/n/b", [LIB])]).packages;
  assert.equal(together!.common, "/n");
});
