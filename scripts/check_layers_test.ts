import assert from "node:assert/strict";
import { violations } from "./check_layers.ts";

const root = "file:///repo/";

function importing(from: string, specifier: string, resolved?: string): string[] {
  const code = resolved === undefined ? {} : { specifier: resolved };
  return violations({ modules: [{ specifier: `${root}${from}`, dependencies: [{ specifier, code }] }] }, root);
}

Deno.test("an import against the table is a violation", () => {
  assert.deepEqual(importing("src/core/x.ts", "../host/y.ts", `${root}src/host/y.ts`), [
    "src/core/x.ts: src/core may not import src/host",
  ]);
  assert.deepEqual(importing("src/host/x.ts", "../core/y.ts", `${root}src/core/y.ts`), []);
});

Deno.test("packages count by name, whatever version or file of them is imported", () => {
  for (const resolved of ["npm:zod@4.6.7", "npm:/zod@4.6.7/v4"]) {
    assert.deepEqual(importing("src/config/x.ts", "zod", resolved), []);
    assert.deepEqual(importing("src/core/x.ts", "zod", resolved), [
      'src/core/x.ts: src/core may not import the package "zod"',
    ]);
  }
  assert.deepEqual(importing("src/cli/x.ts", "@stricli/core", "npm:/@stricli/core@1.3.0"), []);
});

Deno.test("a type import counts, and so does an import that cannot be resolved", () => {
  const type = { specifier: "../cli/y.ts", type: { specifier: `${root}src/cli/y.ts` } };
  const graph = { modules: [{ specifier: `${root}src/plan/x.ts`, dependencies: [type] }] };
  assert.deepEqual(violations(graph, root), ["src/plan/x.ts: src/plan may not import src/cli"]);
  assert.deepEqual(importing("src/plan/x.ts", "./y.ts"), ['src/plan/x.ts: "./y.ts" cannot be resolved']);
});

Deno.test("a module that cannot be read is a violation", () => {
  const graph = { modules: [{ specifier: `${root}src/plan/x.ts`, error: "Module not found" }] };
  assert.deepEqual(violations(graph, root), ["src/plan/x.ts: Module not found"]);
});
