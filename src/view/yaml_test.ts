import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { type Plain, yamlText } from "./yaml.ts";

Deno.test("block style, sequences not indented, comments in one column", () => {
  const value = { headers: { alias: "a" }, exports: [{ mode: "Tmpfs", mount: "/tmp" }], list: ["x", "y"], none: [] };
  const comment = (path: readonly PropertyKey[]) =>
    path.at(-1) === "mount" || path.at(-1) === "alias" ? path.join(".") : "";
  assert.equal(
    yamlText(value, comment),
    [
      "headers:",
      "  alias: a     # headers.alias",
      "exports:",
      "- mode: Tmpfs",
      "  mount: /tmp  # exports.0.mount",
      "list:",
      "- x",
      "- y",
      "none: []",
    ].join("\n"),
  );
});

const plain = fc.letrec<{ value: Plain }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: "binary" }),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.string({ minLength: 1 }), tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

Deno.test("what is printed reads back as the same value", () => {
  fc.assert(fc.property(plain, (value) => {
    // A key that YAML reads as a merge or a prototype is no key of a configuration.
    fc.pre(!JSON.stringify(value).match(/"(<<|__proto__)"/));
    assert.deepEqual(parse(yamlText({ value }), { schema: "failsafe" }), { value });
  }));
});
