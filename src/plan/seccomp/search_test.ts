import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { simulate } from "./_simulate.ts";
import { FAR, give, load, skip } from "./instruction.ts";
import { search } from "./search.ts";

/** Code of that many instructions that gives `action`. */
const code = (action: number, length: number) => [...Array.from({ length }, () => skip(0)), give(action)];

Deno.test("each number finds its range, however long the code of the others is", () => {
  const starts = fc.uniqueArray(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(starts, fc.infiniteStream(fc.nat({ max: FAR + 50 })), (starts, lengths) => {
      const ascending = starts.toSorted((a, b) => a - b);
      const ranges = ascending.map((from, index) => ({
        from: index === 0 ? 0 : from,
        code: code(from, lengths.next().value as number),
      }));
      const filter = [load(0), ...search(ranges)];
      for (let number = 0; number <= 1001; number++) {
        const { action } = simulate(filter, { architecture: 0, number, arguments: [] });
        assert.equal(action, ascending.findLast((from) => from <= number) ?? ascending[0]);
      }
    }),
    { numRuns: 30 },
  );
});
