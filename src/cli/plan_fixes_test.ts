import assert from "node:assert/strict";
import type { Problem } from "../core/error.ts";
import type { Fix } from "../core/fix.ts";
import { planFixes } from "./plan_fixes.ts";

const problem = (fix: Fix): Problem => ({ code: "E", message: "m", fix });

/** A directory with one file for each name. */
function withFiles<T>(files: Record<string, string>, act: (directory: string) => Promise<T>): Promise<T> {
  const directory = Deno.makeTempDirSync({ prefix: "redpak-test-" });
  for (const [name, text] of Object.entries(files)) Deno.writeTextFileSync(`${directory}/${name}`, text);
  return act(directory).finally(() => Deno.removeSync(directory, { recursive: true }));
}

Deno.test("what one fix uncovers is fixed too, and places are those of the file as it is", () =>
  withFiles({ f: "gone: 1\na: 1\n" }, async (path) => {
    const file = `${path}/f`;
    const plan = await planFixes([path], (_, drafts) => {
      const text = drafts.get(file);
      if (text === undefined) return Promise.resolve([problem({ action: "remove", file, path: ["gone"] })]);
      return Promise.resolve(text === "a: 1\n" ? [problem({ action: "set", file, path: ["a"], text: "2" })] : []);
    });
    const [node] = plan.nodes;
    assert.deepEqual(node?.files, [{ path: file, before: "gone: 1\na: 1\n", after: "a: 2\n" }]);
    assert.deepEqual(node?.changes.map(({ where, before, after }) => [where.line, before, after]), [
      [1, "1", null],
      [2, "1", "2"],
    ]);
    assert.equal(Deno.readTextFileSync(file), "gone: 1\na: 1\n", "planning writes nothing");
  }));

Deno.test("a fix that cannot be made, or does not help, is tried once", () =>
  withFiles({ f: "a: 1\n" }, async (path) => {
    let rounds = 0;
    const plan = await planFixes([path], () => {
      rounds++;
      return Promise.resolve([problem({ action: "set", file: `${path}/f`, path: ["x", "y"], text: "2" })]);
    });
    assert.deepEqual([plan.nodes, rounds], [[], 2]);
  }));

Deno.test("files outside of a node are not its to fix", () =>
  withFiles({ f: "a: 1\n" }, async (path) => {
    const fix: Fix = { action: "set", file: `${path}/f`, path: ["a"], text: "2" };
    assert.deepEqual((await planFixes([`${path}/child`], () => Promise.resolve([problem(fix)]))).nodes, []);
  }));

Deno.test("a node is judged when those that contain it are fixed", () =>
  withFiles({ f: "a: 1\n", g: "a: 1\n" }, async (path) => {
    const seen: boolean[] = [];
    await planFixes([`${path}/f`, `${path}/g`], (node, drafts) => {
      if (node.endsWith("g")) seen.push(drafts.has(`${path}/f`));
      return Promise.resolve([problem({ action: "set", file: node, path: ["a"], text: "2" })]);
    });
    assert.deepEqual(seen, [true, true]);
  }));
