import assert from "node:assert/strict";
import { applyFixes } from "./apply_fixes.ts";
import { lockNode } from "./lock_node.ts";
import { code, Scratch } from "./_scratch.ts";

function node(scratch: Scratch) {
  const path = scratch.node("n");
  const file = `${path}/etc/redpak.yaml`;
  const before = Deno.readTextFileSync(file);
  const uid = Deno.statSync(file).uid ?? 0;
  const apply = (after = "new\n") => applyFixes(path, [{ path: file, before, after }], uid);
  return { path, file, before, uid, apply };
}

Deno.test("a file gets its new text and keeps its owner and mode", () => {
  using scratch = new Scratch();
  const { file, apply } = node(scratch);
  Deno.chmodSync(file, 0o640);
  const { uid, gid } = Deno.statSync(file);
  apply();
  const now = Deno.statSync(file);
  assert.equal(Deno.readTextFileSync(file), "new\n");
  assert.deepEqual([now.uid, now.gid, (now.mode ?? 0) & 0o7777], [uid, gid, 0o640]);
});

Deno.test("a file that somebody has changed meanwhile stays as it is", async () => {
  using scratch = new Scratch();
  const { file, apply } = node(scratch);
  Deno.writeTextFileSync(file, "other\n");
  assert.equal(await code(() => apply()), "E_CHANGED");
  assert.equal(Deno.readTextFileSync(file), "other\n");
});

Deno.test("nothing is written where others could put another file in its place", async () => {
  using scratch = new Scratch();
  const { path, file, before, uid, apply } = node(scratch);
  for (const name of ["", "/etc", "/etc/redpak.yaml"]) {
    const mode = (Deno.statSync(path + name).mode ?? 0) & 0o7777;
    Deno.chmodSync(path + name, mode | 0o020);
    assert.equal(await code(() => apply()), "E_NOT_TRUSTED", name);
    Deno.chmodSync(path + name, mode);
  }
  assert.equal(await code(() => applyFixes(path, [{ path: file, before, after: "" }], uid)), undefined);
});

Deno.test("a node that somebody else is changing is busy", async () => {
  using scratch = new Scratch();
  const { path, apply } = node(scratch);
  using _lock = lockNode(path);
  assert.equal(await code(() => apply()), "E_BUSY");
});
