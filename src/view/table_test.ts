import assert from "node:assert/strict";
import { tableLines } from "./table.ts";

Deno.test("columns are as wide as their widest cell, and nothing is cut or padded at the end", () => {
  const rows = [["a", "b", "c"], ["longer", "", "d"], ["ü", "bb"], ["", "x", ""]];
  assert.deepEqual(tableLines(rows), ["a       b   c", "longer      d", "ü       bb", "        x"]);
});
