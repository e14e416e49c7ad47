import assert from "node:assert/strict";
import fc from "fast-check";
import { printable } from "./printable.ts";

Deno.test("control characters are shown, not done", () => {
  assert.equal(printable("a\x1b[31mb\nc\td\x7f\x9b\u202ee"), "a\\x1b[31mb\\nc\\td\\x7f\\x9b\\u202ee");
});

Deno.test("letters of all scripts stay as they are", () => {
  for (const text of ["plain", "é", "日本語", "🚗"]) assert.equal(printable(text), text);
});

Deno.test("no text leaves a control character", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => !/\p{Cc}/u.test(printable(text))));
});
