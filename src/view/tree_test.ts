import assert from "node:assert/strict";
import { treeLines } from "./tree.ts";

const leaf = (label: string) => ({ label, children: [] });

Deno.test("a line shows where it hangs", () => {
  const branches = [
    { label: "a", children: [{ label: "b", children: [leaf("c"), leaf("d")] }, leaf("e")] },
    leaf("f"),
  ];
  assert.equal(treeLines(branches).join("\n"), "a\n├── b\n│   ├── c\n│   └── d\n└── e\nf");
});
