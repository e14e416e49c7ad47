import assert from "node:assert/strict";
import { nestNodes } from "./_fixtures.ts";
import type { Export } from "./schema.ts";
import { standsOnHost } from "./stands_on_host.ts";

const OWN: readonly Export[] = [{ mode: "Restricted", mount: "/usr", path: "$NODE_PATH/usr" }];

/** @param exports of the topmost node of three */
function stands(...exports: readonly Export[]): boolean {
  return standsOnHost(nestNodes([{}, { normal: { exports: [...OWN] } }, { normal: { exports: [...exports] } }]));
}

Deno.test("a family stands on the host where its topmost node shows the host's programs to those inside", () => {
  assert.equal(stands({ mode: "Restricted", mount: "/usr" }), true);
  assert.equal(stands({ mode: "Public", mount: "/usr/", path: "/usr" }), true);
  assert.equal(stands({ mode: "Procfs", mount: "/proc" }, { mode: "Restricted", mount: "/usr", optional: true }), true);
});

Deno.test("it does not where these are elsewhere, are the node's own, or nothing that nodes inside see", () => {
  assert.equal(stands(), false);
  assert.equal(stands(...OWN), false);
  assert.equal(stands({ mode: "Restricted", mount: "/host/usr", path: "/usr" }), false);
  assert.equal(stands({ mode: "Restricted", mount: "/usr/lib" }), false);
  assert.equal(stands({ mode: "Restricted", mount: "/usr", path: "/opt/usr" }), false);
  assert.equal(stands({ mode: "PrivateRestricted", mount: "/usr" }), false);
  assert.equal(stands({ mode: "Tmpfs", mount: "/usr" }), false);
  const inChild = nestNodes([{ normal: { exports: [{ mode: "Restricted", mount: "/usr" }] } }, {}]);
  assert.equal(standsOnHost(inChild), false, "what a child exports of the host, its parent has to export");
});
