import assert from "node:assert/strict";
import { parseGoldenCase } from "./_golden_case.ts";

const CASE = `The title
where the rule is

=== node top
config:
  hostname: h

=== admin top
=== node top/leaf
exports:
  - { mode: Tmpfs, mount: /tmp }

=== status top/leaf
state: Disable

=== options
--admin
--user=7
=== environment
A=b=c
EMPTY=
=== descriptor
7 given

=== dump
  --tmpfs /tmp

=== facts
uid_map 0 7 1
content /a "1\\n2"
=== compat error
exit 0
Cannot do it
`;

Deno.test("a case is read section by section", () => {
  const { files, strict, compat, ...rest } = parseGoldenCase(CASE);
  assert.deepEqual(rest, {
    title: "The title",
    leaf: "top/leaf",
    options: ["--admin", "--user=7"],
    environment: { A: "b=c", EMPTY: "" },
    directory: "/",
    descriptors: [["7", "given"]],
    helper: undefined,
    unlaunched: undefined,
  });
  assert.deepEqual(strict, {
    dump: "  --tmpfs /tmp\n",
    warnings: [],
    facts: [{ words: ["uid_map", "0", "7", "1"] }, { words: ["content", "/a", "1\n2"] }],
    error: undefined,
    failure: undefined,
  });
  assert.deepEqual(compat?.error, { status: 0, parts: ["Cannot do it"] });
  assert.deepEqual([...files.keys()].sort(), [
    "top/.rednode.yaml",
    "top/etc/redpak-admin.yaml",
    "top/etc/redpak.yaml",
    "top/leaf/.rednode.yaml",
    "top/leaf/etc/redpak.yaml",
  ]);
  assert.equal(files.get("top/leaf/.rednode.yaml"), "state: Disable\n");
});

Deno.test("configurations get headers, and the leaf's the program", () => {
  const { files } = parseGoldenCase(CASE);
  assert.equal(
    files.get("top/etc/redpak.yaml"),
    "headers:\n  alias: top\n  name: n-top\n  info: test\nconfig:\n  hostname: h\n",
  );
  const leaf = files.get("top/leaf/etc/redpak.yaml");
  assert.match(leaf!, /^exports:\n {2}- \{ mode: RestrictedFile, mount: \/probe, .*\n {2}- \{ mode: Tmpfs/m);
  assert.equal(files.get("top/etc/redpak-admin.yaml")?.includes("alias: top-admin\n"), true);
});

Deno.test("a dump keeps empty lines, which values may have, but the one before the next section", () => {
  const { strict } = parseGoldenCase("t\n=== node n\n=== dump\n  --setenv A 1\n\n2\n\n=== facts\n");
  assert.equal(strict?.dump, "  --setenv A 1\n\n2\n");
});

for (
  const [name, text] of [
    ["an unknown section", "t\n=== node n\n=== dump\n=== nodes x\n"],
    ["a section twice", "t\n=== node n\n=== dump\n=== dump\n"],
    ["no node", "t\n=== dump\n"],
    ["no expectation", "t\n=== node n\n"],
    ["an error without status", "t\n=== node n\n=== error\nCannot\n"],
  ] as const
) {
  Deno.test(`a case with ${name} is refused`, () => {
    assert.throws(() => parseGoldenCase(text), Error);
  });
}
