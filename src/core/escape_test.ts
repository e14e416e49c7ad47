import assert from "node:assert/strict";
import fc from "fast-check";
import { escapeText } from "./escape.ts";

Deno.test("what a terminal would act on, and what turns text around or hides in it, is shown", () => {
  assert.equal(
    escapeText("a\x1b[31mb\nc\td\re\x7f\x9bf\u202eg\u200bh\u2028i"),
    String.raw`a\u{1b}[31mb\nc\td\re\u{7f}\u{9b}f\u{202e}g\u{200b}h\u{2028}i`,
  );
});

Deno.test("letters of all scripts stay as they are", () => {
  for (const text of ["plain", "é", "日本語", "🚗", 'a "b" \\']) assert.equal(escapeText(text), text);
});

Deno.test("no text leaves a control character, a format character or half of a character", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const shown = escapeText(`${text}\ud800`);
    return shown.isWellFormed() && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(shown);
  }));
});
