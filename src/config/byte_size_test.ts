import * as assert from "node:assert/strict";
import { type ByteSize, exceeds, readByteSize, showByteSize, smallest } from "./byte_size.ts";

const read = (text: string) =>
  readByteSize(text, (message) => {
    throw new Error(message);
  });

Deno.test("a size is a number of bytes, of powers of 1024, or max", () => {
  const sizes = { "1": 1, "4096": 4096, "64k": 65_536, "64M": 2 ** 26, "2G": 2 ** 31, "1t": 2 ** 40, "MAX": "max" };
  for (const [text, size] of Object.entries(sizes)) assert.equal(read(text), size, text);
});

Deno.test("what is no size is refused, and so is nothing at all", () => {
  for (
    const text of ["", "0", "0K", "-1", "1.5M", "1MB", "64 M", "50%", "unlimited", "0x10", "9999T", "9".repeat(16)]
  ) {
    assert.throws(() => read(text), /expected a number of bytes/, text);
  }
});

Deno.test("a size is shown in the largest unit that leaves no rest, and read again", () => {
  for (const text of ["1", "1023", "1K", "1025", "64M", "1536M", "1G", "3T", "max"]) {
    assert.equal(showByteSize(read(text)), text);
  }
});

Deno.test("max exceeds every number, and nothing exceeds it", () => {
  const ascending: ByteSize[] = [1, 4096, 2 ** 40, "max"];
  for (const [index, size] of ascending.entries()) {
    for (const [other, limit] of ascending.entries()) {
      assert.equal(exceeds(size, limit), index > other, `${size} ${limit}`);
      assert.equal(smallest(size, limit), ascending[Math.min(index, other)]);
    }
  }
});
