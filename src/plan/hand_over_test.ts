import * as assert from "node:assert/strict";
import { all, FACTS, only, plan } from "./_fixtures.ts";
import { handOver } from "./hand_over.ts";
import type { Operation } from "./operation.ts";

const full = plan({
  sharing: { net: { join: "/ns/net" } },
  exports: [
    { mode: "Public", mount: "/a", path: "/s" },
    { mode: "Procfs", mount: "/proc", path: "" },
    { mode: "RestrictedFile", mount: "/proc/cpuinfo", path: "/c", optional: true },
    { mode: "RestrictedFile", mount: "/proc/version", path: "/v" },
  ],
});

const NOTHING = { descriptors: new Map(), settings: [] };

function opened(paths: readonly string[]) {
  const needed = full.operations.filter((operation) =>
    operation.phase === "init" && "source" in operation && "path" in operation.source &&
    paths.includes(operation.source.path)
  );
  const descriptors = new Map<Operation, number | undefined>(needed.map((operation, index) => [operation, 10 + index]));
  return { descriptors, settings: [] };
}

Deno.test("the stage gets the init phase, with descriptors for paths", () => {
  const rest = handOver(full, opened(["/ns/net", "/c", "/v"]));
  assert.deepEqual(
    rest.operations.map(({ operation }) => operation),
    full.operations.filter(({ phase }) => phase === "init").map(({ operation }) => operation),
  );
  assert.deepEqual(only(rest, "join").source, { descriptor: 10 });
  assert.deepEqual(all(rest, "bind").map(({ source }) => source), [{ descriptor: 11 }, { descriptor: 12 }]);
  assert.equal(rest.node, full.node);
});

Deno.test("what there is nothing to do for is left out", () => {
  const taken = opened(["/ns/net", "/c", "/v"]);
  for (const operation of [all(full, "join")[0]!, all(full, "bind").find(({ optional }) => optional)!]) {
    taken.descriptors.set(operation, undefined);
  }
  const rest = handOver(full, taken);
  assert.deepEqual(all(rest, "bind").map(({ destination }) => destination), ["/proc/version"]);
  assert.deepEqual(all(rest, "join"), []);
});

Deno.test("a plan that leaves the file system to the stage leaves it the paths", () => {
  const mine = plan({ exports: [{ mode: "Public", mount: "/a", path: "/s" }] }, { facts: { ...FACTS, uid: 1000 } });
  assert.deepEqual(all(handOver(mine, NOTHING), "bind").map(({ source }) => source), [{ path: "/s" }]);
});

Deno.test("what stands in for a limit of the control group is left out where that has it", () => {
  const left = (...settings: string[]) => {
    return all(handOver(plan({}, { facts: { uid: 1000 } }), { ...NOTHING, settings }), "rlimit").map(({ unless }) =>
      unless
    );
  };
  assert.deepEqual(left(), ["memory.max", "", "pids.max", "", ""]);
  assert.deepEqual(left("memory.max=1", "pids.max.x=1"), ["", "pids.max", "", ""]);
  assert.deepEqual(left("memory.max=1", "pids.max=512"), ["", "", ""]);
});

Deno.test("a source that was not opened is a defect", () => {
  assert.throws(() => handOver(full, opened(["/ns/net", "/c"])), /no descriptor was opened for bind of \/v/);
  assert.throws(() => handOver(full, opened(["/ns/net", "/v"])), /no descriptor was opened for bind of \/c/);
  assert.throws(() => handOver(full, opened(["/v"])), /no descriptor was opened for join of \/ns\/net/);
});
