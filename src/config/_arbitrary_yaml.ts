import * as fc from "fast-check";

/** Mostly what is usual, now and then what is not. */
function mostly(usual: readonly string[], odd: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 24, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );
}

const words = mostly(
  [
    ..."a b Tmpfs /x/$Y 1 027 0x1 -1 -rf a:b a#b ~ << = é 😀 .5 C.UTF-8 $(id a's a\"b a* a|b a&b".split(" "),
    ...['"a: b # c"', '"\\"\\n\\\\\\/"', "'it''s'", '""', "''", "a b  c", "true"],
  ],
  [..."a: :a ?a ? - -- --- ... 'b' @ ` % * & ! | > a,b a] b} 'a \"a #a".split(" "), '"\\x41"', '"a" b', "a\n  b"],
);
const keys = mostly(
  "a b-c d_e F alias exports mode true".split(" "),
  [..."1 '' \"q\" << x1 é a.b - ? ! * 'k' --- a:b a#b".split(" "), "a b", "a ", ""],
);
const gaps = mostly(
  ["", "", "", "", " ", "  ", " # x", "  #", "\n", "\n   ", "\n# y: z", "\n   # - z", "\n\n  \n#"],
  ["#", "# w", "\t", " \t# x", "\n\t"],
);

/** Block style that keeps the rules but where `gaps` and `words` break them. */
const block = fc.letrec<{ value: (indent: number) => string; flow: string }>((tie) => ({
  flow: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    words,
    fc.tuple(
      fc.array(tie("flow"), { maxLength: 3 }),
      fc.constantFrom(", ", ",", ",\n     ", " , ", ",\n"),
      fc.boolean(),
    )
      .map(([items, comma, end]) => `[${items.join(comma)}${end ? comma : ""}]`),
    fc.tuple(
      fc.array(fc.tuple(keys, fc.constantFrom(": ", ":", ":  ", ":\n      "), tie("flow")), { maxLength: 3 }),
      fc.constantFrom(", ", ",", ",\n     ", "\n      ,"),
      fc.constantFrom("", " ", "\n      "),
    ).map(([items, comma, space]) => `{${space}${items.map((item) => item.join("")).join(comma)}${space}}`),
  ),
  value: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    fc.tuple(tie("flow"), gaps).map(([text, gap]) => () => ` ${text}${gap}\n`),
    gaps.map((gap) => () => `${gap}\n`),
    fc.tuple(
      fc.array(fc.tuple(keys, tie("value"), gaps), { minLength: 1, maxLength: 4 }),
      fc.constantFrom(1, 2, 2, 2, 4),
      gaps,
    ).map(([entries, step, gap]) => (indent: number) =>
      `${gap}\n` +
      entries.map(([key, value]) => `${" ".repeat(indent + step)}${key}:${value(indent + step)}`).join("")
    ),
    fc.tuple(
      fc.array(fc.oneof(tie("value"), tie("value").map(compact)), { minLength: 1, maxLength: 4 }),
      fc.constantFrom(0, 2, 2, 4),
      gaps,
    ).map(([items, step, gap]) => (indent: number) =>
      `${gap}\n` + items.map((item) => `${" ".repeat(indent + step)}-${item(indent + step)}`).join("")
    ),
  ),
}));

/** The first line of a mapping or list beside the dash that it belongs to. */
function compact(value: (indent: number) => string): (indent: number) => string {
  return (indent) => value(indent).replace(/^\n */, (found) => " ".repeat(Math.max(1, found.length - 2 - indent)));
}

/** Mappings and lists in block and flow style; nearly half of them hold nothing odd. */
export const arbitraryYaml: fc.Arbitrary<string> = block.value.map((value) => `root:${value(0)}`);

export const PIECES: readonly string[] = [
  ..."-?:,[]{}#&*!|>'\"%@` \n\t\\=<~ab",
  ..."\n  |\n    |- |: | #|---|...|\n- |a:|a: |[a]|{a: b}|\n\n|\n# c\n|<<: |'a'|\"b\"|  - |é|\u{1F600}|\n  a: b".split(
    "|",
  ),
];

/** Small changes of a text, most of them of its punctuation and indentation. */
export function changed(original: fc.Arbitrary<string>, most: number): fc.Arbitrary<string> {
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.constantFrom(0, 0, 1, 1, 2, 5),
    piece: fc.constantFrom("", "", ...PIECES),
  });
  return fc.tuple(original, fc.array(change, { minLength: 1, maxLength: most })).map(([text, changes]) =>
    changes.reduce((text, { at, cut, piece }) => {
      const place = Math.floor(at * text.length);
      return (text.slice(0, place) + piece + text.slice(place + cut)).toWellFormed();
    }, text)
  );
}
