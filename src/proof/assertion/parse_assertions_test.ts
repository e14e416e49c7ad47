import assert from "node:assert/strict";
import * as fc from "fast-check";
import { RedpakError } from "../../core/error.ts";
import { parseAssertions } from "./parse_assertions.ts";

const parse = (text: string) => parseAssertions(text, "rules").map(({ text: _, ...rest }) => rest);

Deno.test("rules are read, with their place; comments and empty lines are none", () => {
  assert.deepEqual(parse("# a\n\n  no node in /n/ but a, /n/b/../c may write /data/boot/ # why\n"), [{
    where: { file: "rules", line: 3, column: 3 },
    quantifier: "no",
    nodes: { but: ["a", "/n/c"], within: "/n" },
    verb: "write",
    object: "/data/boot",
  }]);
  const [only, named] = parse("only node a,b , c may reach network\nnode a may read /#x");
  assert.deepEqual([only!.quantifier, only!.nodes], ["no", { but: ["a", "b", "c"] }]);
  assert.deepEqual([named!.quantifier, named!.nodes, named!.object], ["every", { among: ["a"], but: [] }, "/#x"]);
});

Deno.test("what is no rule is refused, where it stops being one and with what to write; all lines at once", () => {
  const error = (text: string): RedpakError => {
    try {
      parseAssertions(text, "rules");
    } catch (error) {
      if (error instanceof RedpakError) return error;
    }
    throw new Error(`accepted: ${text}`);
  };
  for (
    const [text, column, reason] of [
      ["nodes may read /", 1, /expected no node/],
      ["no node may wirte /", 13, /"wirte" is no verb/],
      ["no node may write data", 19, /"data" is no absolute path/],
      ["no node may have SYS_ADMIN", 18, /is no capability/],
      ["no node may call sethostnam", 18, /no system call/],
      ["no node may bind 70000", 18, /no port/],
      ["no node may be user", 16, /none of root/],
      ["no node may read", 17, /expected PATH/],
      ["no node may read /a /b", 21, /nothing after/],
      ["no node but may read /a", 17, /expected may/],
      ["every may read /a", 7, /expected node/],
      ["no node in n may read /", 12, /no absolute path/],
    ] as const
  ) {
    const { message, where } = error(text);
    assert.match(message, reason);
    assert.deepEqual(where, { file: "rules", line: 1, column }, text);
  }
  assert.deepEqual(error("no node may wirte /").hints, ["did you mean write?"]);
  assert.deepEqual(error("x\nno node may read /\ny").problems.map(({ where }) => where?.line), [1, 3]);
});

Deno.test("whatever the text, it is rules or an error of its own", () => {
  const word = fc.constantFrom(
    "no",
    "every",
    "only",
    "node",
    "in",
    "but",
    "may",
    "read",
    "write",
    "/a",
    "a,",
    ",",
    "b",
    "#",
    "\n",
  );
  fc.assert(fc.property(fc.array(fc.oneof(word, fc.string())), (words) => {
    try {
      parseAssertions(words.join(" "), "rules");
    } catch (error) {
      assert(error instanceof RedpakError);
    }
  }));
});
