import assert from "node:assert/strict";
import { dependenciesAfter } from "./dependencies.ts";
import type { Reason, Step, StepKind } from "./resolution.ts";

function step(kind: StepKind, name: string, reason: Reason, ...replaces: string[]): Step {
  const nevra = (each: string) => ({ name: each, evr: "1-1", arch: "noarch" });
  return { kind, package: nevra(name), reason, replaces: replaces.map(nevra), installedSize: 0 };
}

const none = { satisfied: [] };

Deno.test("what is installed because something needs or recommends it is a dependency, what was asked for is none", () => {
  const steps = [
    step("install", "app", "asked"),
    step("install", "lib", "dependency"),
    step("install", "doc", "recommended"),
  ];
  assert.deepEqual(dependenciesAfter([], "install", { steps, ...none }), ["doc", "lib"]);
});

Deno.test("an update leaves the reason as it is, and so does what takes a package's place", () => {
  const steps = [
    step("upgrade", "lib", "asked", "lib"),
    step("upgrade", "app", "asked", "app"),
    step("obsoletes", "new", "dependency", "old"),
    step("obsoletes", "mine", "dependency", "yours"),
    step("reinstall", "same", "asked", "same"),
  ];
  assert.deepEqual(dependenciesAfter(["lib", "old", "same"], "update", { steps, ...none }), ["lib", "new", "same"]);
});

Deno.test("who asks for a dependency makes it his own, be it there already", () => {
  assert.deepEqual(
    dependenciesAfter(["lib"], "install", { steps: [step("upgrade", "lib", "asked", "lib")], ...none }),
    [],
  );
  const satisfied = [{ word: "lib", package: { name: "lib", evr: "1-1", arch: "noarch" }, node: "/n" }];
  assert.deepEqual(dependenciesAfter(["lib", "other"], "install", { steps: [], satisfied }), ["other"]);
});

Deno.test("what is erased is none, whatever it was", () => {
  const steps = [step("erase", "lib", "asked"), step("erase", "app", "dependency")];
  assert.deepEqual(dependenciesAfter(["lib", "other"], "remove", { steps, ...none }), ["other"]);
});
