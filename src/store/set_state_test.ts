import assert from "node:assert/strict";
import { lockNode } from "./lock_node.ts";
import { code, Scratch } from "./_scratch.ts";
import { planState, setState } from "./set_state.ts";

Deno.test("only state and timestamp change", async () => {
  using scratch = new Scratch();
  const path = scratch.node("a");
  scratch.file("a/.rednode.yaml", "# mine\nSTATE: 'Enable' # on\nrealpath: /x   # where\ntimestamp: 1\n");
  assert.deepEqual([(await setState(path, "Disable", 42)).from, (await setState(path, "Disable", 43)).from], [
    "Enable",
    "Disable",
  ]);
  assert.equal(
    Deno.readTextFileSync(`${path}/.rednode.yaml`),
    "# mine\nSTATE: Disable # on\nrealpath: /x   # where\ntimestamp: 42\n",
  );
});

Deno.test("planning a state changes nothing", async () => {
  using scratch = new Scratch();
  const path = scratch.node("a");
  const before = Deno.readTextFileSync(`${path}/.rednode.yaml`);
  assert.notEqual((await planState(path, "Disable", 1)).text, undefined);
  assert.equal(Deno.readTextFileSync(`${path}/.rednode.yaml`), before);
});

Deno.test("a node that somebody else is changing is left alone", async () => {
  using scratch = new Scratch();
  const path = scratch.node("a");
  using _lock = lockNode(path);
  assert.equal(await code(() => setState(path, "Disable", 1)), "E_BUSY");
});

Deno.test("an invalid status file is not touched", async () => {
  using scratch = new Scratch();
  const path = scratch.node("a");
  scratch.file("a/.rednode.yaml", "state: Enable\n");
  assert.notEqual(await code(() => setState(path, "Disable", 1)), undefined);
  assert.equal(Deno.readTextFileSync(`${path}/.rednode.yaml`), "state: Enable\n");
});
