import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { editYaml, removeFromYaml } from "./edit_yaml.ts";

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

Deno.test("entries of lists are found by index, in block and in flow style", () => {
  const set = (text: string) => editYaml(text, [{ path: ["l", 1, "a"], value: "new" }]);
  assert.equal(set("l:\n- a: 1\n- b: 2 # b\n  a:   3   # a\n"), "l:\n- a: 1\n- b: 2 # b\n  a:   new   # a\n");
  assert.equal(set("l: [ {a: 1} , { b: 2, a: '3' } ]\n"), "l: [ {a: 1} , { b: 2, a: new } ]\n");
  assert.throws(() => set("l: [{a: 1}]\n"), /no mapping "l.1"/);
});

Deno.test("lines keep the ends that they have", () => {
  assert.equal(setA("h:\r\n  b: 1\r\n"), "h:\r\n  a: new\r\n  b: 1\r\n");
  assert.equal(setA("h:\r\n  a: |\r\n    x\r\n  b: 1\r\n"), "h:\r\n  a: new\r\n  b: 1\r\n");
});

Deno.test("a key is removed with its lines, and comments around them stay", () => {
  const removed = (text: string) => removeFromYaml(text, ["r"]);
  assert.equal(
    removed("a: 1\n# about r\nr:\n  - x: 1 # x\n    y: 2\n\n# about b\nb: 2\n"),
    "a: 1\n# about r\n\n# about b\nb: 2\n",
  );
  assert.equal(removed("R: |\n  text\nb: 2\n"), "b: 2\n");
  assert.equal(removed("a: 1\nr: [ {\n x: 1 } ] # gone"), "a: 1\n");
  assert.equal(removed("{a: 1, r: [1, 2] , b: 2}\n"), "{a: 1, b: 2}\n");
  assert.equal(removed("{ a: 1, r: {} }\n"), "{ a: 1 }\n");
  assert.throws(() => removed("a: 1\n"), /is absent/);
  assert.throws(() => removed("r: 1\n"), /no lines of its own/);
});
