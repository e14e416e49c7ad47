import assert from "node:assert/strict";
import { config, FILE, problems, settings } from "./_parse_fixtures.ts";
import { parseConfig } from "./parse.ts";

const OK = "headers: {alias: a}\n";

for (
  const [yaml, text] of [
    ["027", "027"],
    ["0o27", "0o27"],
    ["1.10", "1.10"],
    ["true", "true"],
    ["no", "no"],
    ["null", "null"],
    ["~", "~"],
    ["", ""],
    ["''", ""],
    ["2026-01-02", "2026-01-02"],
    ["$(id -u) # remark", "$(id -u)"],
    ['"a\\tb\\u00e9"', "a\tbé"],
    ["'it''s'", "it's"],
    ["|\n    a\n    b", "a\nb\n"],
    [">-\n    a\n    b", "a b"],
  ] as const
) {
  Deno.test(`the scalar ${JSON.stringify(yaml)} is the text ${JSON.stringify(text)}`, async () => {
    assert.equal((await settings(`hostname: ${yaml}`))?.hostname, text);
  });
}

Deno.test("JSON, CRLF, a byte order mark, markers of one document and a version are fine", async () => {
  for (
    const text of [
      `{"headers": {"alias": "a"}}`,
      "\uFEFFheaders:\r\n  alias: a\r\n",
      "---\nheaders: {alias: a}\n...\n",
      "%YAML 1.1\n---\nheaders: {alias: a}\n",
      "# remark\n\nheaders: {alias: a}",
    ]
  ) assert.deepEqual(await config(text), { headers: { alias: "a" } });
});

Deno.test("a line break inside of a text is a line feed, also in a file with CRLF", async () => {
  assert.equal((await config("headers:\r\n  alias: a\r\n  info: |\r\n    x\r\n    y\r\n")).headers.info, "x\ny\n");
});

for (
  const [what, text, ...expected] of [
    ["an empty file", "", `1:1 E_VALUE_TYPE Cannot read "f": the file is empty`],
    ["a file of remarks", "# x\n", `1:1 E_VALUE_TYPE Cannot read "f": the file is empty`],
    ["a document without content", "---\n", `1:4 E_VALUE_TYPE Cannot read "f": expected a mapping, got nothing`],
    ["a text at the top", "x", `1:1 E_VALUE_TYPE Cannot read "f": expected a mapping, got a text`],
    ["a list at the top", "\n- x", `2:1 E_VALUE_TYPE Cannot read "f": expected a mapping, got a list`],
    [
      "a tab as indentation",
      "headers:\n\talias: a",
      `2:1 E_YAML_SYNTAX Cannot read "f": Tabs are not allowed as indentation`,
    ],
    [
      "an open bracket",
      "headers: {alias: [}",
      `1:19 E_YAML_SYNTAX Cannot read "f": Flow sequence in block collection must be sufficiently indented and end with a ]`,
    ],
    ["an unknown directive", `%FOO\n---\n${OK}`, `1:1 E_YAML_SYNTAX Cannot read "f": Unknown directive %FOO`],
    ["a mapping as key", `${OK}? {a: b}\n: c\n`, `2:3 E_YAML_FEATURE Cannot read "f": a key is a text, not a mapping`],
  ] as const
) {
  Deno.test(`${what} is refused`, async () =>
    assert.deepEqual((await problems(text)).slice(0, expected.length), expected));
}

for (
  const [what, text, ...expected] of [
    [
      "an anchor and its alias",
      "headers: {alias: &x a, info: *x}",
      `1:18 E_YAML_FEATURE Cannot read "f": anchors are not allowed; hint: put a text that begins with "&" in quotes`,
      `1:30 E_YAML_FEATURE Cannot read "f": aliases are not allowed; hint: put a text that begins with "*" in quotes, or repeat the value`,
    ],
    [
      "a tag",
      "headers: {alias: !!str a}",
      `1:18 E_YAML_FEATURE Cannot read "f": tags are not allowed; hint: put a text that begins with "!" in quotes`,
    ],
    [
      "a merge key",
      "headers:\n  <<: {info: x}\n  alias: a",
      `2:3 E_YAML_FEATURE Cannot read "f": merge keys are not allowed; hint: repeat the keys that you need`,
    ],
    ["a second document", `${OK}---\n${OK}`, `2:1 E_YAML_FEATURE Cannot read "f": a second document is not allowed`],
  ] as const
) {
  Deno.test(`${what} is refused, and looked behind`, async () => {
    assert.deepEqual(await problems(text), expected);
    assert.equal((await problems(text.replace("alias:", "alais:"))).length, expected.length + 1);
  });
}

Deno.test("the letters of features are fine inside of texts and remarks", async () => {
  assert.equal((await settings(`hostname: a&b*c!d # &x *y !z`))?.hostname, "a&b*c!d");
  assert.equal((await settings(`hostname: "*"`))?.hostname, "*");
});

Deno.test("compat follows aliases to the last anchor of that name before them", async () => {
  const { headers, exports } = await config(
    `headers: {alias: &x a, info: *x, name: &x b}\nexports: [&e {mode: tmpfs, mount: *x}, *e]\n`,
    { compat: true },
  );
  assert.deepEqual(headers, { alias: "a", info: "a", name: "b" });
  assert.deepEqual(exports, [{ mode: "Tmpfs", mount: "b" }, { mode: "Tmpfs", mount: "b" }]);
});

Deno.test("an anchor inside of what an alias stands for does not count again", async () => {
  const entries = "&o {mode: tmpfs, mount: &x /1}, {mode: tmpfs, mount: &x /2}, *o, {mode: tmpfs, mount: *x}";
  const { exports } = await config(`${OK}exports: [${entries}]\n`, { compat: true });
  assert.deepEqual(exports?.map(({ mount }) => mount), ["/1", "/2", "/1", "/2"]);
});

Deno.test("a value stands where its alias does, the parts of it where they were written", async () => {
  const text = `${OK}exports:\n- &e {mode: tmpfs, mount: /x}\n- *e\n`;
  const { locate } = await parseConfig(text, FILE, "normal", { compat: true });
  assert.equal(locate(["exports", 1]).line, 4);
  assert.equal(locate(["exports", 1, "mount"]).line, 3);
});

Deno.test("compat refuses aliases of nothing and of what they are part of", async () => {
  const missing = [`1:25 E_YAML_SYNTAX Cannot read "f": no anchor "x" before this alias`];
  assert.deepEqual(await problems("headers: {alias: a, name: *x}", { compat: true }), [
    missing[0]!.replace("25", "27"),
  ]);
  assert.deepEqual(await problems("headers: {alias: a}\nconfig:\n  maxage: &x [*x]\n", { compat: true }), [
    missing[0]!.replace("1:25", "3:15"),
  ]);
});

Deno.test("compat reads the first document and nothing behind it", async () => {
  assert.deepEqual(await config(`${OK}---\n{ broken: !x *y\n`, { compat: true }), { headers: { alias: "a" } });
});

Deno.test("a key that only looks like a merge key is an unknown key", async () => {
  assert.match((await problems(`"<<": {}\n${OK}`)).join(), /^1:1 E_KEY_UNKNOWN /);
});

Deno.test("compat ignores tags, which older versions of libyaml write before quoted texts", async () => {
  const text = "headers: !!map {alias: !x a, name: ! 'it''s', info: !<tag:x,2000:y> \"b\"}\nenviron: !!seq []\n";
  assert.deepEqual(await config(text, { compat: true }), {
    headers: { alias: "a", name: "it's", info: "b" },
    environ: [],
  });
  assert.notDeepEqual(await problems("headers: {alias: !x! a}", { compat: true }), []);
});

Deno.test("compat refuses merge keys too", async () => {
  assert.equal((await problems("headers: {<<: {}, alias: a}", { compat: true })).length, 1);
});

Deno.test("nesting ends at sixteen levels, however it is written", async () => {
  const nested = (levels: number) => `${OK}config: {maxage: ${"[".repeat(levels)}${"]".repeat(levels)}}\n`;
  assert.deepEqual(await problems(nested(14)), []);
  assert.deepEqual(await problems(nested(15)), [`2:32 E_YAML_LIMIT Cannot read "f": nested deeper than 16 levels`]);
  for (const opening of ["[", "{a: ", "- ", "? ", "a: [", "[{", "- - ? "]) {
    for (const compat of [false, true]) {
      assert.match(
        (await problems(opening.repeat(5000), { compat }))[0]!,
        /^1:\d+ E_YAML_LIMIT .* deeper than 16 levels$/,
      );
    }
  }
});

Deno.test("aliases of aliases cannot grow beyond the limit of keys and values, not even where they are ignored", async () => {
  const bomb = [..."bcdefghi"].map((name, i) => `  - &${name} [${`*${"abcdefgh"[i]}, `.repeat(9)}]\n`).join("");
  const text = `${OK}config:\n  maxage:\n  - &a [x]\n${bomb}`;
  assert.match(
    (await problems(text, { compat: true })).join(),
    /^\d+:\d+ E_YAML_LIMIT .* more than 16384 keys and values$/,
  );
  assert.ok((await problems(text)).every((problem) => / E_YAML_(FEATURE|LIMIT) /.test(problem)));
});

Deno.test("aliases cannot nest deeper than the limit", async () => {
  const chain = Array.from({ length: 20 }, (_, i) => `  - &a${i + 1} [*a${i}]\n`).join("");
  const text = `${OK}config:\n  maxage:\n  - &a0 [x]\n${chain}`;
  assert.match((await problems(text, { compat: true })).join(), /E_YAML_LIMIT .* deeper than 16 levels/);
});

Deno.test("the number of keys and values is limited", async () => {
  assert.match((await problems(`{${"a,".repeat(20_000)}}`)).join(), /E_YAML_LIMIT .* more than 16384 keys and values$/);
});
