import assert from "node:assert/strict";
import { all, only, plan } from "./_fixtures.ts";
import { enterPlan } from "./enter_plan.ts";

const REQUEST = { process: 7, namespaces: ["mount", "pid"], cgroups: [8], limits: [], arguments: ["ls", "/"] } as const;

Deno.test("who enters has everything done to it that the node's program had, in the same order", () => {
  const node = plan({ environ: [{ mode: "Static", key: "A", value: "b" }] });
  const names = node.operations.map(({ operation }) => operation);
  const entering = enterPlan(node, REQUEST);
  assert.deepEqual(entering.operations.map(({ operation }) => operation), [
    "enter",
    ...names.slice(names.indexOf("fork")),
  ]);
  assert.deepEqual(entering.operations.slice(1, -1), node.operations.slice(names.indexOf("fork"), -1));
  assert.deepEqual(only(entering, "exec").environment, only(node, "exec").environment);
});

Deno.test("what stands in for limits of a control group is left out where that has them", () => {
  const resources = (...limits: string[]) =>
    all(enterPlan(plan(), { ...REQUEST, limits }), "rlimit").map(({ unless }) => unless);
  assert.deepEqual(resources(), ["memory.max", "", "pids.max", "", ""]);
  assert.deepEqual(resources("memory.max"), ["", "pids.max", "", ""]);
  assert.deepEqual(resources("pids.max", "memory.max"), ["", "", ""]);
});

Deno.test("who enters runs what was asked for, or a shell", () => {
  assert.deepEqual(only(enterPlan(plan(), REQUEST), "exec").arguments, ["ls", "/"]);
  assert.deepEqual(only(enterPlan(plan(), { ...REQUEST, arguments: [] }), "exec").arguments, ["sh"]);
});

Deno.test("who enters gets the label of the launcher first", () => {
  const [first, second] = enterPlan(plan({ scalars: { smack: "App" } }), REQUEST).operations;
  assert.deepEqual([first?.operation, first?.phase, second?.operation], ["smack", "host", "enter"]);
});

Deno.test("a time namespace is joined before the others, which give up the right to", () => {
  const [first, second] = enterPlan(plan(), { ...REQUEST, time: 9 }).operations;
  assert.deepEqual(first, { operation: "join", phase: "init", namespace: "time", source: { descriptor: 9 } });
  assert.equal(second?.operation, "enter");
});
