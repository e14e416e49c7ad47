import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeName, encodeName } from "./file_name.ts";

Deno.test("every sequence of bytes has a text of its own, and is found again", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    const text = decodeName(bytes);
    assert.deepEqual(encodeName(text), bytes);
  }));
});

Deno.test("UTF-8 is itself, a byte order mark included", () => {
  for (const text of ["a", "é", "\uFEFFa", "🙂\n"]) assert.equal(decodeName(new TextEncoder().encode(text)), text);
});

Deno.test("what is not UTF-8 is escaped byte by byte", () => {
  assert.equal(decodeName(Uint8Array.of(0x61, 0xe9, 0x62)), "a\udce9b");
  assert.equal(decodeName(Uint8Array.of(0xed, 0xb2, 0x80)), "\udced\udcb2\udc80");
});

Deno.test("a text that no name has is not encoded", () => {
  assert.equal(encodeName("\ud800"), undefined);
  assert.equal(encodeName("\udc7f"), undefined);
});
