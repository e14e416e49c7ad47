import assert from "node:assert/strict";
import * as fc from "fast-check";
import { RedpakError } from "../../core/error.ts";
import { substitute } from "./variables.ts";

const WHERE = { file: "a.repo", line: 2, column: 9 };
const VARIABLES = new Map([["arch", "aarch64"], ["releasever", "9"], ["empty", ""], ["text", "$arch}"]]);

for (
  const [text, expected] of [
    ["http://a/$releasever/$arch", "http://a/9/aarch64"],
    ["${releasever}x", "9x"],
    ["$releasever.1-$arch", "9.1-aarch64"],
    ["${none:-8}", "8"],
    ["${empty:-8}", "8"],
    ["${releasever:-8}", "9"],
    ["${none:+x}", ""],
    ["${empty:+x}", ""],
    ["${releasever:+el$releasever}", "el9"],
    ["${none:-${empty:-$arch}}", "aarch64"],
    ["${none:-a\\}b}", "a}b"],
    ["\\$arch \\\\ \\x", "$arch \\ \\x"],
    ["$text", "$arch}"],
    ["5$ and $/", "5$ and $/"],
    ["a}b", "a}b"],
    ["$empty", ""],
    ["", ""],
  ] as const
) {
  Deno.test(`"${text}" comes to "${expected}"`, () => assert.equal(substitute(text, VARIABLES, WHERE), expected));
}

for (
  const [text, reason, ...hints] of [
    [
      "$none",
      "nothing says what $none is",
      "write its value into the file etc/dnf/vars/none of the node or of an ancestor",
    ],
    ["$ARCH", "nothing says what $ARCH is", "did you mean $arch?"],
    ["${arch", '"${arch" is not closed by a brace'],
    ["${arch:-x", '"${arch:-x" is not closed by a brace'],
    ["${arch:=x}", '"${arch:" is not closed by a brace'],
    ["${}", "the name of a variable is missing behind ${"],
    ["${a:-".repeat(40) + "}".repeat(40), "more than 32 words within words"],
  ] as const
) {
  Deno.test(`"${text.slice(0, 20)}" is refused: ${reason}`, () => {
    assert.throws(() => substitute(text, VARIABLES, WHERE), (error) => {
      assert(error instanceof RedpakError);
      assert.deepEqual([error.code, error.where], ["E_REPO_VARIABLE", WHERE]);
      assert(error.message.endsWith(reason), error.message);
      for (const hint of hints) assert(error.hints.includes(hint), error.hints.join());
      return true;
    });
  });
}

Deno.test("any text comes to one, or is refused with its place", () => {
  const piece = fc.constantFrom("$", "{", "}", ":-", ":+", "\\", "arch", "none", "x", "${arch:+", "${none:-", "$arch");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      try {
        substitute(pieces.join(""), VARIABLES, WHERE);
      } catch (error) {
        assert(error instanceof RedpakError && error.code === "E_REPO_VARIABLE" && error.where === WHERE);
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("what variables hold is not read again", () => {
  fc.assert(fc.property(fc.string(), fc.string({ unit: fc.constantFrom("a", "/", ".") }), (value, around) => {
    const variables = new Map([["v", value]]);
    assert.equal(substitute(`${around}\${v}${around}`, variables, WHERE), around + value + around);
    if (value !== "") assert.equal(substitute(`\${v:-x}`, variables, WHERE), value);
  }));
});
