import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { editYaml } from "./edit_yaml.ts";

function setA(text: string, value = "new"): string {
  return editYaml(text, [{ path: ["h", "a"], value }]);
}

Deno.test("only the value changes: comments, quotes of others and order stay", () => {
  const text = "# head\nh: # map\n    b: 'x' # b\n    a: old # why\n# tail\n";
  assert.equal(setA(text), "# head\nh: # map\n    b: 'x' # b\n    a: new # why\n# tail\n");
});

Deno.test("values in every style are replaced whole", () => {
  for (
    const old of ["old", '"o # l: d"', "'o''d'", "|\n    two\n    lines", ">-\n    folded\n    text", "two\n    lines"]
  ) {
    assert.deepEqual(parse(setA(`h:\n  a: ${old}\n  b: 1\n`)), { h: { a: "new", b: 1 } }, old);
  }
});

Deno.test("an absent key is added, in block and in flow style", () => {
  assert.equal(setA("h:\n  # about b\n  b: 1\nz: 2\n"), "h:\n  # about b\n  a: new\n  b: 1\nz: 2\n");
  assert.equal(setA("h: { b: 1 }\n"), "h: { a: new, b: 1 }\n");
});

Deno.test("keys are found in any case", () => {
  assert.equal(setA("H:\n  A: old\n"), "H:\n  A: new\n");
});

Deno.test("a mapping that is absent is an error", () => {
  assert.throws(() => setA("z: 1\n"), /no mapping "h"/);
});

Deno.test("any text is read back as it was set", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const text = setA("h:\n  a: old # c\n  b: 1\n", value);
      assert.equal(parse(text, { schema: "failsafe" }).h.a, value);
    }),
  );
});
