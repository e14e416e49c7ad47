import assert from "node:assert/strict";
import { findRunning } from "./find_running.ts";
import type { RunningNode } from "./running_nodes.ts";

function running(id: string, alias: string, node: string): RunningNode {
  return { record: { id, alias, node } } as unknown as RunningNode;
}

const NODES = [
  running("nav-1", "nav", "/srv/nav"),
  running("map-2", "map", "/srv/map"),
  running("map-3", "map", "/srv/map"),
];

Deno.test("a running node is found by id, by path, by a path from here, and by alias", () => {
  for (const word of ["nav-1", "/srv/nav", "nav", "./nav/", "../srv/nav"]) {
    assert.equal(findRunning(NODES, word, "/srv").record.id, "nav-1", word);
  }
});

Deno.test("a node that runs twice has to be named by its id", () => {
  assert.equal(findRunning(NODES, "map-3", "/").record.id, "map-3");
  assert.throws(() => findRunning(NODES, "map", "/"), { code: "E_RUNNING_AMBIGUOUS", exit: 2 });
});

Deno.test("a node that does not run is not found, and a similar one is suggested", () => {
  assert.throws(() => findRunning(NODES, "nev", "/"), { code: "E_NOT_RUNNING", exit: 4 });
});
