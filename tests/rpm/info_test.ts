/** `redpak info` and `redpak why` on databases that rpm has made. */
import assert from "node:assert/strict";
import { json } from "../system/_document.ts";
import { redpak, Scratch } from "../system/_node.ts";
import { buildPackage, recordInstalled } from "./_rpm.ts";

const scratch = new Scratch();
addEventListener("unload", () => scratch[Symbol.dispose]());
const [parent, child] = [scratch.node("parent", ""), scratch.node("parent/child", "")];
recordInstalled(parent, [
  buildPackage({ name: "lib", version: "2", summary: "A \u202e library", provides: ["feature"] }, scratch.path),
  buildPackage({ name: "tool", version: "1", requires: ["lib >= 1"] }, scratch.path),
]);
recordInstalled(child, [
  buildPackage({
    name: "app",
    version: "1",
    requires: ["(feature or tool)"],
    conflicts: ["old"],
    files: { "/usr/bin/app": { content: "app" }, "/usr/share/app": { content: "" } },
  }, scratch.path),
]);

Deno.test("a package is described, of the node or of an ancestor", () => {
  const app = redpak(["info", child, "app", "--files"]).stdout;
  assert.match(app, /^app-1-1\.noarch\n {2}node +.*\/parent\/child\n/);
  assert.match(app, /\n {2}size +3 B in 2 files\n/);
  assert.match(
    app,
    /\n {2}requires +\(feature or tool\)\n {2}conflicts +old\n {2}files +\/usr\/bin\/app\n +\/usr\/share\/app\n$/,
  );
  const { data } = json("info", child, "l*");
  assert.deepEqual(data.packages.map((one: Record<string, unknown>) => [one.node, one.name, one.evr, one.provides]), [
    [parent, "lib", "2-1", ["feature", "lib = 2-1"]],
  ]);
});

Deno.test("nothing in a package acts on the terminal", () => {
  assert.match(redpak(["info", parent, "lib"]).stdout, /summary +A \\u\{202e\} library\n/);
});

Deno.test("a package that nobody has is not found", () => {
  for (const command of ["info", "why"]) {
    const { code, stderr } = redpak([command, child, "nothing"]);
    assert.equal(code, 4);
    assert.match(stderr, /Cannot find package "nothing": neither ".*child" nor an ancestor has it/);
  }
});

Deno.test("why names the packages that require another one, the nodes that have them, and what they could do with instead", () => {
  const { data } = json("why", parent, "lib");
  assert.deepEqual(
    data.packages[0].dependents.map((
      one: { node: string; package: { name: string }; requires: string; alternatives: { name: string }[] },
    ) => [
      one.node,
      one.package.name,
      one.requires,
      one.alternatives.map(({ name }) => name),
    ]),
    [[parent, "tool", "lib >= 1", []], [child, "app", "(feature or tool)", ["tool"]]],
  );
  const text = redpak(["why", child, "lib"]).stdout;
  assert.match(text, /^lib-2-1\.noarch of .*parent is required by\n/);
  assert.match(text, /\n {2}app-1-1\.noarch +of .*child +for \(feature or tool\) +\(or tool-1-1\.noarch\)\n/);
  assert.match(text, /\n {2}tool-1-1\.noarch +of .*parent +for lib >= 1\n/);
  assert.match(redpak(["why", child, "app"]).stdout, /^app-1-1\.noarch of .*child is required by nothing\n$/);
});
