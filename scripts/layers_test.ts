import assert from "node:assert/strict";
import { layerOf, LAYERS, refusal } from "./layers.ts";

/** Layers that are not part of the product: they may do more than what they import. */
const OUTSIDE = ["scripts", "tests", "tests/security/catalogue"];
/** Of src/cli they import what looks only: the programs of README.md run with their permissions (`documents_test.ts`). */
const LIBRARY = ["src/library", "mod.ts"];

Deno.test("a layer imports only layers that need nothing more than it does", () => {
  for (const [name, layer] of Object.entries(LAYERS)) {
    if ([...OUTSIDE, ...LIBRARY].includes(name)) continue;
    for (const other of layer.imports) {
      if (other === "src/cli/launch_environment.ts") continue; // gives env away as a value
      const more = LAYERS[other]!.permissions.filter((kind) => !layer.permissions.includes(kind));
      assert.deepEqual(more, [], `${name} imports ${other}`);
    }
  }
});

Deno.test("no two layers import each other, directly or through others", () => {
  const reached = (name: string, path: readonly string[]): void => {
    assert.ok(!path.includes(name), [...path, name].join(" → "));
    for (const other of LAYERS[name]!.imports) reached(other, [...path, name]);
  };
  for (const name of Object.keys(LAYERS)) reached(name, []);
});

Deno.test("every layer has its own permission set in the unit tests", () => {
  const { tasks, permissions } = JSON.parse(Deno.readTextFileSync(new URL("../deno.json", import.meta.url)));
  for (const [name, layer] of Object.entries(LAYERS)) {
    if ([...OUTSIDE, ...LIBRARY, "policies", "deno.json"].includes(name) || name.endsWith(".ts")) continue;
    const folder = name.split("/").at(-1)!;
    const set = new RegExp(`-P=(\\w+) ${name}$`).exec(tasks[`test:${folder}`])?.[1];
    assert.ok(set !== undefined && set in permissions, `test:${folder} runs ${name}`);
    assert.ok(tasks.ok.dependencies.includes(`test:${folder}`), `deno task ok runs test:${folder}`);
    if (name === "src/cli") continue; // its tests also set up environments
    assert.deepEqual(
      Object.keys(permissions[set]).filter((kind) => kind !== "env").sort(),
      [...layer.permissions].sort(),
    );
  }
});

Deno.test("a file belongs to the layer with the longest matching path", () => {
  assert.equal(layerOf("src/cli/launch_environment.ts"), "src/cli/launch_environment.ts");
  assert.equal(layerOf("src/cli/main.ts"), "src/cli");
  assert.equal(layerOf("src/clientele/main.ts"), undefined);
});

Deno.test("a module outside the table is refused in either direction", () => {
  assert.match(refusal("src/new/x.ts", "src/core/error.ts")!, /belongs to no layer/);
  assert.match(refusal("src/core/x.ts", "../elsewhere.ts")!, /belongs to no layer/);
  assert.match(refusal("src/core/x.ts", "https://example.com/x.ts")!, /belongs to no layer/);
});
