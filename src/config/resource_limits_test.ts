import * as assert from "node:assert/strict";
import { readLimit, showLimit, UNLIMITED } from "./resource_limits.ts";

const read = (text: string) =>
  readLimit(text, (message) => {
    throw new Error(message);
  });

Deno.test("a limit has a soft and a hard value, or one for both", () => {
  assert.deepEqual(read("1024:4096"), { soft: 1024n, hard: 4096n });
  assert.deepEqual(read("0"), { soft: 0n, hard: 0n });
  assert.deepEqual(read("8m:1G"), { soft: 8n << 20n, hard: 1n << 30n });
  assert.deepEqual(read("5:Unlimited"), { soft: 5n, hard: UNLIMITED });
  assert.deepEqual(read("unlimited"), { soft: UNLIMITED, hard: UNLIMITED });
});

Deno.test("what is no limit is refused", () => {
  for (const text of ["", ":", "1:", ":1", "1:2:3", "-1", "1.5", "0x10", "1KB", "none", "9999999999999999"]) {
    assert.throws(() => read(text), /expected SOFT:HARD/, text);
  }
  assert.throws(() => read("2:1"), /the soft limit exceeds the hard one/);
});

Deno.test("a limit is read as it is shown", () => {
  for (const text of ["1024:4096", "0", "5:unlimited", "unlimited"]) assert.equal(showLimit(read(text)), text);
});
