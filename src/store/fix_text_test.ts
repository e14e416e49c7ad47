import assert from "node:assert/strict";
import fc from "fast-check";
import type { KeyPath } from "../core/fix.ts";
import { findValue, fixText } from "./fix_text.ts";

const set = (path: KeyPath, text = "new") => ({ action: "set", file: "f", path, text }) as const;
const remove = (path: KeyPath) => ({ action: "remove", file: "f", path }) as const;

/** A piece of a text around one value: what stands before it and after it. */
interface Frame {
  readonly path: KeyPath;
  readonly before: string;
  readonly after: string;
}

const comment = fc.constantFrom("", " # why", "  #", " # a: b, {c} 'd");
const gap = fc.constantFrom("", "\n", "# note: x\n", "\n   # - odd\n\n", "#\n");
const scalar = fc.constantFrom("old", "'o''d: #'", '"o # {l}: d"', "a b  c", "~", "027", "/x:/y", "$(id a's)", "-rf");
const sibling = fc.tuple(fc.constantFrom("b", "C-d", "e_f"), scalar);

/** A mapping in block or flow style with a value in it whose key is `a` in some spelling; `indent` is its column. */
const frame: fc.Arbitrary<Frame> = fc.record({
  flow: fc.boolean(),
  inList: fc.boolean(),
  outer: fc.constantFrom("list", "List", "map"),
  key: fc.constantFrom("a", "A"),
  spaces: fc.constantFrom(" ", "   "),
  step: fc.constantFrom(1, 2, 4),
  above: fc.uniqueArray(sibling, { selector: ([key]) => key, maxLength: 2 }),
  below: fc.uniqueArray(sibling.map(([key, value]) => [`${key}2`, value] as const), {
    selector: ([key]) => key,
    maxLength: 2,
  }),
  gaps: fc.tuple(gap, gap, gap),
  comments: fc.tuple(comment, comment),
}).map(({ flow, inList, outer, key, spaces, step, above, below, gaps, comments }) => {
  const path = [outer, ...inList ? [1] : [], key];
  const head = `${gaps[0]}x: 1${comments[0]}\n${gaps[1]}${outer}:${comments[0]}\n`;
  const tail = `${comments[1]}\n${gaps[2]}z: 2${comments[0]}\n`;
  const indent = " ".repeat(step);
  const item = inList ? `${indent}- p: q${comments[1]}\n${gaps[1]}${indent}-${" ".repeat(step)}` : indent;
  const inner = " ".repeat(inList ? 2 * step + 1 : step);
  const quoted = (value: string) => flow && /[{},]/.test(value) && !/^['"]/.test(value) ? "q" : value;
  const pairs = (list: readonly (readonly [string, string])[]) =>
    list.map(([key, value]) => `${key}: ${quoted(value)}`);
  if (flow) {
    const start = pairs(above).map((pair) => `${pair} , `).join("");
    const end = pairs(below).map((pair) => `,${pair}`).join("");
    return { path, before: `${head}${item}{ ${start}${key}:${spaces}`, after: ` ${end}}${tail}` };
  }
  const lines = [...pairs(above), `${key}:${spaces}`].map((line, at) => (at === 0 ? item : inner) + line);
  const end = pairs(below).map((pair) => `\n${inner}${pair}`).join("");
  return { path, before: head + lines.join(`${comments[1]}\n`), after: `${comments[1]}${end}${tail}` };
});

Deno.test("setting a value changes its own bytes only, however the file is written", () => {
  fc.assert(
    fc.property(frame, scalar, fc.boolean(), ({ path, before, after }, value, crlf) => {
      const ends = (text: string) => crlf ? text.replaceAll("\n", "\r\n") : text;
      assert.equal(fixText(ends(before + value + after), set(path)), ends(`${before}new${after}`));
    }),
    { numRuns: 500 },
  );
});

/** Whether nothing is gone. */
function isInsertion(text: string, longer: string): boolean {
  let start = 0;
  while (start < text.length && text[start] === longer[start]) start++;
  return longer.endsWith(text.slice(start));
}

function newLines(text: string, changed: string): string[] {
  const lines = new Set(text.split("\n"));
  return changed.split("\n").filter((line) => !lines.has(line));
}

Deno.test("any damage to a file is either refused or leaves all other lines as they are", () => {
  const cut = fc.record({
    at: fc.nat(200),
    length: fc.nat(3),
    piece: fc.constantFrom("", " ", "\n", "&x ", "*x", ",", "#", '"', "- ", "|"),
  });
  fc.assert(
    fc.property(frame, scalar, cut, ({ path, before, after }, value, { at, length, piece }) => {
      const whole = before + value + after;
      const text = whole.slice(0, at) + piece + whole.slice(at + length);
      const fixed = fixText(text, set(path));
      if (fixed === undefined) return;
      if (findValue(text, set(path)).text === null) assert(isInsertion(text, fixed), fixed);
      else assert(newLines(text, fixed).length <= 1, fixed);
      assert.equal(findValue(fixed, set(path)).text, "new");
    }),
    { numRuns: 500 },
  );
});

Deno.test("removing a key takes its lines only", () => {
  fc.assert(
    fc.property(frame, scalar, comment, ({ path, before, after }, value, end) => {
      const text = before + value + after;
      const block = `relocations:${end}\n  - old: /a${end}\n    new: /b\n`;
      const at = text.indexOf("x: 1");
      assert.equal(fixText(text.slice(0, at) + block + text.slice(at), remove(["relocations"])), text);
      assert.notEqual(fixText(text, set(path)), undefined);
    }),
  );
});

Deno.test("a value that an alias repeats is not changed, for another would change with it", () => {
  assert.equal(fixText("a: &x old\nb: *x\n", set(["a"])), undefined);
  assert.equal(fixText("a: &x old\nb: *x\n", set(["b"])), "a: &x old\nb: new\n");
  assert.equal(fixText("h: &x {a: 1}\ni: *x\n", set(["i", "a"])), undefined);
});

Deno.test("files that only redpak 2.5 reads can be fixed", () => {
  assert.equal(
    fixText("c: &x {gpgcheck: nope}\n---\nsecond\n", set(["c", "gpgcheck"])),
    "c: &x {gpgcheck: new}\n---\nsecond\n",
  );
});

Deno.test("what is no YAML, or has no such place, is left alone", () => {
  for (const text of ["a: [", "a: 'x", "\ta: 1", "", "a: 1\n"]) {
    assert.equal(fixText(text, set(["b", "c"])), undefined, text);
  }
});

Deno.test("a value is found where it stands; a new one where its mapping does; a key that goes by itself", () => {
  const text = "x: 1\nc:\n  a: old\n  l: [1]\n";
  assert.deepEqual(findValue(text, set(["c", "a"])), { where: { file: "f", line: 3, column: 6 }, text: "old" });
  assert.deepEqual(findValue(text, set(["c", "n"])), { where: { file: "f", line: 3, column: 3 }, text: null });
  assert.deepEqual(findValue(text, remove(["c", "l"])), { where: { file: "f", line: 4, column: 3 }, text: "…" });
});
