import assert from "node:assert/strict";
import { numbered, withPartImports } from "./program.ts";

Deno.test("parts are numbered in the order of their first mention, whatever the bundler called them", () => {
  const chunks = (first: string, second: string): Record<string, string> => ({
    "main.js": `import{a}from"./${second}";import"./${first}";await import("./${first}");`,
    [first]: `import{a}from"./${second}";export{a as b};`,
    [second]: "export{x as a};",
  });
  const expected = [
    ["0.js", 'import{a}from"./1.js";import"./2.js";await import("./2.js");'],
    ["1.js", "export{x as a};"],
    ["2.js", 'import{a}from"./1.js";export{a as b};'],
  ];
  for (const [first, second] of [["a-1.js", "b-2.js"], ["z-9.js", "c-0.js"]] as const) {
    const texts = chunks(first, second);
    assert.deepEqual([...numbered("main.js", (name) => texts[name]!)], expected);
  }
});

Deno.test("a dynamic import of a part is done by the program, any other relative one is refused", () => {
  assert.equal(withPartImports('x=await import("./1.js")', ["1.js"]), 'x=await importPart("./1.js")');
  assert.equal(
    withPartImports('import("node:fs");reimport("./1.js")', ["1.js"]),
    'import("node:fs");reimport("./1.js")',
  );
  assert.throws(() => withPartImports('import("./2.js")', ["1.js"]), /not a part of the program/);
});
