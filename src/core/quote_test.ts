import assert from "node:assert/strict";
import { quote } from "./quote.ts";

Deno.test("quoted text stays on one line and says where it ends", () => {
  assert.equal(quote(`a "b"\nc`), String.raw`"a \"b\"\nc"`);
});

Deno.test("long text is cut, also in the middle of a surrogate pair", () => {
  assert.equal(quote("x".repeat(60)).length, 62);
  assert.equal(quote("x".repeat(58) + "\u{1F600}".repeat(3)), `"${"x".repeat(58)}\ufffd…"`);
});
