import assert from "node:assert/strict";
import * as fc from "fast-check";
import { type Box, layoutForest } from "./layout.ts";

type Tree = Box<Tree>;

const GAPS = { column: 30, row: 8, cousin: 16 };
const size = fc.record({ width: fc.integer({ min: 1, max: 300 }), height: fc.integer({ min: 1, max: 90 }) });
const forest = fc.letrec<{ box: Tree }>((tie) => ({
  box: fc.tuple(size, fc.oneof({ maxDepth: 5 }, fc.constant([]), fc.array(tie("box"), { maxLength: 4 })))
    .map(([own, children]) => ({ ...own, children })),
})).box;
const forests = fc.array(forest, { minLength: 1, maxLength: 4 });

function* boxes(roots: readonly Tree[], depth = 0): Generator<{ box: Tree; depth: number }> {
  for (const box of roots) {
    yield { box, depth };
    yield* boxes(box.children, depth + 1);
  }
}

Deno.test("no two boxes overlap or touch, and all are in the drawing", () => {
  fc.assert(fc.property(forests, (roots) => {
    const { places, width, height } = layoutForest(roots, GAPS);
    const all = [...boxes(roots)].map(({ box }) => ({ ...box, ...places.get(box)! }));
    for (const [index, one] of all.entries()) {
      assert(one.x >= 0 && one.y >= -1e-6 && one.x + one.width <= width && one.y + one.height <= height + 1e-6);
      for (const other of all.slice(0, index)) {
        const across = one.x < other.x + other.width + GAPS.row && other.x < one.x + one.width + GAPS.row;
        const along = one.y < other.y + other.height + GAPS.row - 1e-6 &&
          other.y < one.y + one.height + GAPS.row - 1e-6;
        assert(!(across && along), JSON.stringify([one, other]));
      }
    }
  }));
});

Deno.test("a column for each depth, in the order of the tree, and parents in the middle of their children", () => {
  fc.assert(fc.property(forests, (roots) => {
    const { places } = layoutForest(roots, GAPS);
    const middle = (box: Tree) => places.get(box)!.y + box.height / 2;
    const columns = Map.groupBy(boxes(roots), ({ depth }) => depth);
    for (const column of columns.values()) {
      assert.equal(new Set(column.map(({ box }) => places.get(box)!.x)).size, 1);
      const middles = column.map(({ box }) => middle(box));
      assert.deepEqual(middles, middles.toSorted((one, other) => one - other));
    }
    for (const { box } of boxes(roots)) {
      const [first, last] = [box.children[0], box.children.at(-1)];
      if (first === undefined || last === undefined) continue;
      assert(Math.abs(middle(box) - (middle(first) + middle(last)) / 2) < 1e-6);
    }
  }));
});

Deno.test("a forest of hundreds of boxes and a chain of any depth are placed", () => {
  const leaf = { width: 100, height: 40, children: [] };
  const family = { ...leaf, children: Array.from({ length: 500 }, () => ({ ...leaf })) };
  const { height, places } = layoutForest<Tree>([family], GAPS);
  assert.deepEqual([height, places.size], [500 * 48 - 8, 501]);
  const chain = Array.from({ length: 64 }).reduce<Tree>((box) => ({ ...leaf, children: [box] }), leaf);
  assert.deepEqual([layoutForest<Tree>([chain], GAPS).height, layoutForest<Tree>([chain], GAPS).width], [
    40,
    65 * 130 - 30,
  ]);
});
