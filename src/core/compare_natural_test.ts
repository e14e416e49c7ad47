import assert from "node:assert/strict";
import * as fc from "fast-check";
import { compareNatural } from "./compare_natural.ts";

Deno.test("numbers in names count as numbers, whatever their length", () => {
  const sorted = [
    "2",
    "10",
    "a",
    "node",
    "node1",
    "node2",
    "node2-b",
    "node10",
    "node10a",
    "node010b",
    "nodes",
    `v${"9".repeat(30)}`,
  ];
  assert.deepEqual(sorted.toReversed().sort(compareNatural), sorted);
  assert(compareNatural(`v${"9".repeat(30)}`, `v1${"0".repeat(30)}`) < 0);
});

Deno.test("names have one order, in which only the same names are equal", () => {
  const name = fc.stringMatching(/^[ab019-]{0,6}$/);
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      assert.equal(Math.sign(compareNatural(a, b)), -Math.sign(compareNatural(b, a)) + 0);
      assert.equal(compareNatural(a, b) === 0, a === b);
      if (compareNatural(a, b) <= 0 && compareNatural(b, c) <= 0) assert(compareNatural(a, c) <= 0);
    }),
    { numRuns: 5000 },
  );
});
