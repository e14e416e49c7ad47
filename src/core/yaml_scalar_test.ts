import assert from "node:assert/strict";
import { encodeYamlScalar } from "./yaml_scalar.ts";

Deno.test("words and paths stay plain", () => {
  for (const text of ["a", "/usr/lib-x", "$NODE_PATH/usr", "two words", "027", "true", "/a:/b", "at 01:05:42.784Z"]) {
    assert.equal(encodeYamlScalar(text), text);
  }
});

Deno.test("what YAML would read as something else is quoted", () => {
  for (const text of ["", " a", "a ", "a: b", "a #b", "- a", "[a]", "a\nb", "'a'", "&a", "é", "a:", "a :b", "a: b"]) {
    assert.equal(encodeYamlScalar(text), JSON.stringify(text));
  }
});
