import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonText } from "./json_text.ts";

Deno.test("what a terminal would act on is escaped", () => {
  assert.equal(jsonText("a\x1b\x7f\x9b\u202e\u{e0001}é"), String.raw`"a\u001b\u007f\u009b\u202e\udb40\udc01é"`);
});

Deno.test("the text means what JSON's own does, whatever the value", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
    assert.deepEqual(JSON.parse(jsonText(value, indent)), JSON.parse(JSON.stringify(value)));
    assert.doesNotMatch(jsonText(value), /[\p{Cc}\p{Cf}]/u);
  }));
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => assert.equal(JSON.parse(jsonText(text)), text)));
});
