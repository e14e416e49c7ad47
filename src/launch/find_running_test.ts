import assert from "node:assert/strict";
import { findRunning } from "./find_running.ts";
import type { RunningNode } from "./running_nodes.ts";

function running(id: string, alias: string, node: string): RunningNode {
  return { record: { id, alias, node } } as unknown as RunningNode;
}

const damaged = [{ pid: 9, path: "/run/redpak/1.9.2.json" }];

const nodes = [
  running("nav-1", "nav", "/srv/nav"),
  running("map-2", "map", "/srv/map"),
  running("map-3", "map", "/srv/map"),
];

const RUNNING = { nodes, damaged };

Deno.test("a running node is found by id, by path, by a path from here, and by alias", () => {
  for (const word of ["nav-1", "/srv/nav", "nav", "./nav/", "../srv/nav"]) {
    assert.equal(findRunning(RUNNING, word, "/srv").record.id, "nav-1", word);
  }
});

Deno.test("a node that runs twice has to be named by its id", () => {
  assert.equal(findRunning(RUNNING, "map-3", "/").record.id, "map-3");
  assert.throws(() => findRunning(RUNNING, "map", "/"), { code: "E_RUNNING_AMBIGUOUS", exit: 2 });
});

Deno.test("a node that does not run is not found, and a similar one is suggested", () => {
  const hints = ["redpak ps lists the running nodes"];
  const unknown = "or process 9 runs it: its record is damaged, /run/redpak/1.9.2.json";
  const error = { code: "E_NOT_RUNNING", exit: 4 };
  assert.throws(() => findRunning(RUNNING, "other", "/"), { ...error, hints: [...hints, unknown] });
  const similar = ["did you mean nav?", ...hints];
  assert.throws(() => findRunning({ nodes, damaged: [] }, "nev", "/"), { ...error, hints: similar });
});
