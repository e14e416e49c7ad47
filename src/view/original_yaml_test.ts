import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { parse } from "yaml";
import { originalYaml } from "./original_yaml.ts";

const SCALARS: readonly (readonly [text: string, line: string])[] = [
  ["", "k:"],
  ["022", "k: 022"],
  ["true", "k: true"],
  ["~", "k: ~"],
  ["$NODE_PATH/a b", "k: $NODE_PATH/a b"],
  ["a:b", "k: a:b"],
  ["a: b", "k: 'a: b'"],
  ["a:", "k: 'a:'"],
  ["a #b", "k: 'a #b'"],
  ["a#b", "k: a#b"],
  ["- a", "k: '- a'"],
  ["-a", "k: -a"],
  ["---a", "k: '---a'"],
  ["?a", "k: ?a"],
  ["[x]", "k: '[x]'"],
  ["x[0]{}", "k: x[0]{}"],
  ["it's", "k: it's"],
  ["'q'", "k: '''q'''"],
  ["@x", "k: '@x'"],
  [" a", "k: ' a'"],
  ["a ", "k: 'a '"],
  ["a\tb", 'k: "a\\tb"'],
  ["é", 'k: "\\xE9"'],
  ["€😀", 'k: "\\u20AC\\U0001F600"'],
  ["a\nb", "k: 'a\n\n  b'"],
  ["a\n b", 'k: "a\\n b"'],
];

for (const [text, line] of SCALARS) {
  Deno.test(`${JSON.stringify(text)} is printed as redpak 2.5 does`, () => {
    assert.equal(originalYaml({ k: text }), `${line}\n`);
  });
}

Deno.test("lists are not indented below their key, mappings are", () => {
  const value = { a: { b: true, c: { d: 1 }, e: {} }, f: [{ g: "x", h: "y" }, { g: "z" }], i: { j: [{ k: "l" }] } };
  assert.equal(
    originalYaml(value),
    "a:\n  b: true\n  c:\n    d: 1\n  e: {}\nf:\n- g: x\n  h: y\n- g: z\ni:\n  j:\n  - k: l\n",
  );
});

Deno.test("long plain texts are folded at the first space behind column 80", () => {
  const word = "x".repeat(30);
  const text = [word, word, word, "y", "z"].join(" ");
  assert.equal(originalYaml({ k: text }), `k: ${word} ${word} ${word}\n  y z\n`);
});

Deno.test("what is printed is read back as the same text", () => {
  const characters = fc.constantFrom(..." ab:#-'\"\\\n\té€😀[]{}&*!|>%@`?,.~\u0007\u0085\u2028");
  const texts = fc.oneof(fc.string({ unit: characters }), fc.string({ unit: characters, minLength: 70 }));
  fc.assert(fc.property(texts, texts, (k, m) => {
    const printed = originalYaml({ a: { k, l: [{ m }] } });
    assert.deepEqual(parse(printed, { schema: "failsafe" }), { a: { k, l: [{ m }] } }, printed);
  }));
});

Deno.test("a space in column 80 stays, the next one breaks the line, in every style", () => {
  for (const [first, quote] of [["x", ""], ["#", "'"], ["é", '"']] as const) {
    const shown = first === "é" ? "\\xE9" : first;
    const head = "k: ".length + quote.length;
    for (const [column, breaks] of [[80, false], [81, true]] as const) {
      const filler = "x".repeat(column - head - shown.length);
      const line = `k: ${quote}${shown}${filler}${breaks ? "\n  " : " "}y${quote}\n`;
      assert.equal(originalYaml({ k: `${first}${filler} y` }), line);
    }
  }
});
