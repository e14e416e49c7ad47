import assert from "node:assert/strict";
import { Allocation, cText, MemoryStream, NULL, readBytes, readText, writeBytes } from "./memory.ts";

Deno.test("what is written to memory is read from it", () => {
  using memory = new Allocation(16);
  writeBytes(memory.address, new Uint8Array([1, 2, 3]));
  assert.deepEqual(readBytes(memory.address, 4), new Uint8Array([1, 2, 3, 0]));
  assert.deepEqual(readBytes(NULL, 0), new Uint8Array());
});

Deno.test("a text ends at its NUL, whatever its length", () => {
  for (const text of ["", "ä", "\ufeffx", "x".repeat(4096), "x".repeat(4097), "€".repeat(9000)]) {
    const bytes = cText(text);
    using memory = new Allocation(bytes.length);
    writeBytes(memory.address, bytes);
    assert.equal(readText(memory.address), text);
  }
  assert.equal(readText(NULL), "");
});

Deno.test("a text with a NUL is no text for C", () => {
  assert.throws(() => cText("a\0b"), TypeError);
});

Deno.test("a stream of no output is empty", () => {
  using stream = new MemoryStream();
  assert.equal(stream.text(), "");
});
