import assert from "node:assert/strict";
import fc from "fast-check";
import { unifiedDiff } from "./unified_diff.ts";

Deno.test("a changed line is shown with three lines around it", () => {
  assert.deepEqual(unifiedDiff("f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nV\n6\n7\n8\n9\n"), [
    "--- f",
    "+++ f",
    "@@ -2,7 +2,7 @@",
    " 2",
    " 3",
    " 4",
    "-5",
    "+V",
    " 6",
    " 7",
    " 8",
  ]);
});

Deno.test("equal texts have no difference, and the end of a text without line break is told", () => {
  assert.deepEqual(unifiedDiff("f", "a\n", "a\n"), []);
  assert.deepEqual(unifiedDiff("f", "a", "a\n").slice(2), ["@@ -1 +1 @@", "-a", "\\ No newline at end of file", "+a"]);
  assert.deepEqual(unifiedDiff("f", "a\n", "").slice(2), ["@@ -1 +0,0 @@", "-a"]);
});

Deno.test("the marked lines make the one text of the other", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 40 }).map((lines) => lines.join("\n"));
  fc.assert(
    fc.property(text, text, (before, after) => {
      assert.equal(patch(before, unifiedDiff("f", before, after).slice(2)), after);
    }),
  );
});

/** What patch(1) does. */
function patch(text: string, diff: readonly string[]): string {
  const source = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  let result = "";
  let at = 0;
  diff.forEach((line, index) => {
    const header = /^@@ -(\d+)(?:,(\d+))? /.exec(line);
    if (header !== null) {
      const start = Number(header[1]) - (header[2] === "0" ? 0 : 1);
      while (at < start) result += source[at++];
      return;
    }
    if (line.startsWith("\\")) return;
    const content = line.slice(1) + (diff[index + 1]?.startsWith("\\") ? "" : "\n");
    if (line.startsWith("+")) result += content;
    else {
      assert.equal(source[at++], content);
      if (line.startsWith(" ")) result += content;
    }
  });
  return result + source.slice(at).join("");
}
