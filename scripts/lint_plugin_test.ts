import assert from "node:assert/strict";
import plugin from "./lint_plugin.ts";

const root = new URL("..", import.meta.url).pathname;

/** Rules that a source text breaks when it stands in `file`. */
function broken(file: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, `${root}${file}`, source).map((finding) => finding.id);
}

Deno.test("an import of a layer that needs more is refused in every form", () => {
  for (
    const source of [
      'import { libc } from "../../ffi/libc/mod.ts";',
      'import type { Libc } from "../../ffi/libc/mod.ts";',
      'export { libc } from "../../ffi/libc/mod.ts";',
      'export * from "../../ffi/libc/mod.ts";',
      'await import("../../ffi/libc/mod.ts");',
    ]
  ) assert.deepEqual(broken("src/core/x.ts", source), ["redpak/layer-imports"], source);
});

Deno.test("an import that the table allows is accepted", () => {
  assert.deepEqual(broken("src/host/x.ts", 'import { libc } from "../../ffi/libc/mod.ts"; export {};'), []);
  assert.deepEqual(broken("src/config/x.ts", 'import { parseDocument } from "yaml"; import "../core/error.ts";'), []);
});

Deno.test("a package, node: and test code are accepted only where the table says", () => {
  const imports = 'import "yaml"; import "node:fs"; import "fast-check"; import "./y_test.ts";';
  assert.equal(broken("src/core/x.ts", imports).length, 4);
  assert.equal(broken("src/core/x_test.ts", imports).length, 1, "yaml stays refused");
});

Deno.test("Deno's functions are refused where the layer lacks the permission", () => {
  assert.deepEqual(broken("src/host/x.ts", 'Deno.writeTextFileSync("/x", "");'), ["redpak/layer-permissions"]);
  assert.deepEqual(broken("src/store/x.ts", 'Deno.dlopen("/x", {});'), ["redpak/layer-permissions"]);
  assert.deepEqual(broken("src/cli/x.ts", 'Deno.env.get("HOME");'), ["redpak/layer-permissions"]);
  assert.deepEqual(broken("src/launch/x.ts", 'await fetch("http://x");'), ["redpak/layer-permissions"]);
  assert.deepEqual(broken("src/store/x.ts", 'Deno.writeTextFileSync("/x", Deno.cwd());'), []);
});

Deno.test("a pure layer touches Deno in no way, however it is written", () => {
  for (const source of ["Deno.cwd();", 'Deno["cwd"]();', "const { cwd } = Deno;"]) {
    assert.deepEqual(broken("src/plan/x.ts", source), ["redpak/layer-permissions"], source);
  }
});

Deno.test("zod is imported in its mini form, as a namespace", () => {
  for (const text of ['import { string } from "zod/mini";', 'import z from "zod";', 'import * as z from "zod";']) {
    assert.deepEqual(broken("src/config/x.ts", text), ["redpak/zod-mini"], text);
  }
  assert.deepEqual(broken("src/config/x.ts", 'import * as z from "zod/mini";'), []);
});

Deno.test("an exported variable is a constant", () => {
  for (const text of ["export let a = 1;", "export var a = 1, b = 2;"]) {
    assert.deepEqual(broken("src/config/x.ts", text), ["redpak/constant-exports"], text);
  }
  assert.deepEqual(broken("src/config/x.ts", "export const a = 1; let b = 2; export function c() {}"), []);
});
