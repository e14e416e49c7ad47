import assert from "node:assert/strict";
import { makeNode } from "./_fixtures.ts";
import { findSharedIds, freeIdBase, idBase, isIdBase } from "./id_range.ts";
import type { RedNode } from "./node.ts";

function node(path: string, ids?: number): RedNode {
  const made = makeNode({ path });
  const { status } = made.status;
  return { ...made, status: { ...made.status, status: ids === undefined ? status : { ...status, ids } } };
}

Deno.test("the ids of a node follow from its path, always in the same way, unless its status records some", () => {
  assert.equal(idBase(node("/nodes/a")), 0x7000_0000 + 481 * 65_536);
  assert.equal(idBase(node("/nodes/a", 0x7001_0000)), 0x7001_0000);
});

Deno.test("ranges begin where nobody else hands out ids", () => {
  for (let number = 0; number < 10_000; number++) assert.ok(isIdBase(idBase(node(`/nodes/${number}`))));
  for (const id of [0x7000_0000, 0x7ffd_0000]) assert.ok(isIdBase(id));
  for (const id of [0, 0x6fff_0000, 0x7000_0001, 0x7ffe_0000, 0x7fff_0000, -0x7000_0000, NaN]) assert.ok(!isIdBase(id));
});

Deno.test("paths that differ little get ranges that differ", () => {
  const bases = ["/a/b", "/a/c", "/a", "/a/b/c", "/ab", "/b/a"].map((path) => idBase(node(path)));
  assert.equal(new Set(bases).size, bases.length);
});

Deno.test("a new node gets ids that no other has, as long as there are some", () => {
  const taken: number[] = [];
  for (let base = freeIdBase("/a", taken); base !== undefined; base = freeIdBase("/a", taken)) {
    assert.ok(isIdBase(base) && !taken.includes(base));
    taken.push(base);
  }
  assert.equal(taken.length, 4094);
  assert.equal(taken[0], idBase(node("/a")));
});

Deno.test("nodes that have the same ids are found, the second one at its place, with ids that are free", () => {
  const first = node("/a", 0x7001_0000);
  const second = node("/b", 0x7001_0000);
  const problems = findSharedIds([first, node("/c", 0x7002_0000), second]);
  assert.deepEqual([...problems.keys()], [second]);
  const { code, where, hints } = problems.get(second)!;
  assert.deepEqual([code, where?.file], ["E_IDS_OVERLAP", "/b/.rednode.yaml"]);
  const proposed = Number(/^write "ids: (\d+)" in \/b\/\.rednode\.yaml$/.exec(hints?.[0] ?? "")?.[1]);
  assert.ok(isIdBase(proposed) && ![0x7001_0000, 0x7002_0000].includes(proposed));
});
