import assert from "node:assert/strict";
import { boot } from "./boot.js";
import { numbered, partOf, refuseCycles, withPartImports } from "./program.ts";

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
  assert.equal(withPartImports('x=await import("./1.js")', ["1.js"]), 'x=await importPart("1.js")');
  assert.equal(
    withPartImports('import("node:fs");reimport("./1.js")', ["1.js"]),
    'import("node:fs");reimport("./1.js")',
  );
  assert.throws(() => withPartImports('import("./2.js")', ["1.js"]), /not a part of the program/);
});

Deno.test("a chunk becomes the body of a function: imports are used, exports returned", () => {
  const chunk = 'import{a as b,c}from"./1.js";import"./2.js";let d=b+c;export{d as e,c};\n/* a license */\n';
  const { needs, text } = partOf("0.js", chunk, ["0.js", "1.js", "2.js"]);
  assert.deepEqual(needs, ["1.js", "2.js"]);
  assert.deepEqual(new Function("use", text)(() => ({ a: 1, c: 2 })), { e: 3, c: 2 });
  assert.throws(() => partOf("0.js", 'import"./3.js";', ["0.js"]), /not a part of the program/);
  for (const statement of ['import a from"./1.js";', "export{a as b}", "export default a;", "with(a){}"]) {
    assert.throws(() => partOf("0.js", `let a;${statement}f()`, ["0.js", "1.js"]), /no body of a function/, statement);
  }
});

Deno.test("parts that import each other are refused", () => {
  const part = (name: string, ...needs: string[]) => ({ name, needs, text: "" });
  assert.throws(() => refuseCycles([part("a", "b"), part("b", "c"), part("c", "b")]), /each other: a, b, c, b$/);
  refuseCycles([part("a", "b", "c"), part("b", "c"), part("c")]);
});

Deno.test("a part is evaluated once, behind what it needs, when it is first asked for", async () => {
  const parts: Record<string, [text: string, ...needs: string[]]> = {
    main: ['said.push("main");said.later=importPart("later");', "shared"],
    shared: ['said.push("shared");return{x:1};'],
    later: ['const{y}=use("other");said.push("later");return{z:y+use("shared").x};', "other", "shared"],
    other: ['said.push("other");return{y:1};', "shared"],
  };
  const said: string[] & { later?: Promise<{ z: number }> } = [];
  const scope = globalThis as { said?: unknown; REDPAK_LAUNCH?: unknown };
  const args = Object.getOwnPropertyDescriptor(Deno, "args")!;
  scope.said = said;
  try {
    boot((name: string) => parts[name]![0], (name: string) => parts[name]!.slice(1), "main", [
      "redpak",
      "A=1",
      "",
      "word",
    ]);
    assert.deepEqual(Deno.args, ["word"]);
    assert.deepEqual([...said], ["shared", "main"]);
    assert.deepEqual(await said.later, { z: 2 });
    assert.deepEqual([...said], ["shared", "main", "other", "later"]);
  } finally {
    Object.defineProperty(Deno, "args", args);
    delete scope.said;
    delete scope.REDPAK_LAUNCH;
  }
});
