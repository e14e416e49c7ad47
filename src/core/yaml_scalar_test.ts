import assert from "node:assert/strict";
import { encodeYamlScalar } from "./yaml_scalar.ts";

Deno.test("words and paths stay plain", () => {
  for (const text of ["a", "/usr/lib-x", "$NODE_PATH/usr", "two words", "027", "true", "/a:/b", "at 01:05:42.784Z"]) {
    assert.equal(encodeYamlScalar(text), text);
  }
});

Deno.test("what a terminal would act on is escaped", () => {
  assert.equal(encodeYamlScalar("\x1b\x7f\x9b\u202e\u{e0001}é"), String.raw`"\u001b\u007f\u009b\u202e\U000e0001é"`);
});

Deno.test("what YAML would read as something else is quoted", () => {
  for (const text of ["", " a", "a ", "a: b", "a #b", "- a", "[a]", "a\nb", "'a'", "&a", "é", "a:", "a :b", "a: b"]) {
    assert.equal(encodeYamlScalar(text), JSON.stringify(text));
  }
});
