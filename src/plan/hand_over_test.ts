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

function opened(paths: readonly string[]): Map<Operation, number | undefined> {
  const needed = full.operations.filter((operation) =>
    operation.phase === "init" && "source" in operation && "path" in operation.source &&
    paths.includes(operation.source.path)
  );
  return new Map(needed.map((operation, index) => [operation, 10 + index]));
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
  const descriptors = opened(["/ns/net", "/c", "/v"]);
  for (const operation of [all(full, "join")[0]!, all(full, "bind").find(({ optional }) => optional)!]) {
    descriptors.set(operation, undefined);
  }
  const rest = handOver(full, descriptors);
  assert.deepEqual(all(rest, "bind").map(({ destination }) => destination), ["/proc/version"]);
  assert.deepEqual(all(rest, "join"), []);
});

Deno.test("a plan that leaves the file system to the stage leaves it the paths", () => {
  const mine = plan({ exports: [{ mode: "Public", mount: "/a", path: "/s" }] }, { facts: { ...FACTS, uid: 1000 } });
  assert.deepEqual(all(handOver(mine, new Map()), "bind").map(({ source }) => source), [{ path: "/s" }]);
});

Deno.test("a source that was not opened is a defect", () => {
  assert.throws(() => handOver(full, opened(["/ns/net", "/c"])), /no descriptor was opened for bind of \/v/);
  assert.throws(() => handOver(full, opened(["/ns/net", "/v"])), /no descriptor was opened for bind of \/c/);
  assert.throws(() => handOver(full, opened(["/v"])), /no descriptor was opened for join of \/ns\/net/);
});
