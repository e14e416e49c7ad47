import assert from "node:assert/strict";
import type { ProcessStat } from "../host/process.ts";
import type { Plan } from "../plan/plan.ts";
import { fakeCgroups } from "./_fake_cgroups.ts";
import { observeCgroups } from "./observe_cgroups.ts";
import type { RunningNode } from "./running_nodes.ts";

const stat = (pid: number): ProcessStat => ({
  pid,
  command: "x",
  state: "S",
  parent: 1,
  cpuTicks: 0,
  nice: 0,
  threads: 1,
  startTime: 1,
});

function running(root = ""): RunningNode {
  const group = { operation: "cgroup", phase: "host", root, controllers: [], optional: true } as const;
  const plan: Plan = {
    version: 1,
    node: "/n",
    alias: "n",
    admin: false,
    pending: [],
    warnings: [],
    operations: [
      { ...group, path: ["redpak"], settings: [] },
      { ...group, path: ["redpak", "node-n"], settings: ["memory.max=1M"] },
      {
        operation: "enter-cgroup",
        phase: "init",
        source: { path: "redpak/node-n" },
        levels: 2,
        settings: [],
        optional: true,
      },
    ],
  };
  const basis = { altered: false, files: [], nodes: [] };
  const process = { role: "supervisor", pidNamespace: "pid:[1]", pid: 5, startTime: 1 } as const;
  return {
    record: { id: "n-5", process, bootId: "b", startedAt: 1, node: "/n", alias: "n", admin: false, plan, basis },
    process: stat(5),
    supervisor: stat(5),
    init: stat(6),
    program: stat(7),
    state: "running",
  };
}

/** What is observed with each process in its group, the supervisor first. */
function observe(places: readonly string[], own: string, root?: string) {
  const base = own.slice(0, own.lastIndexOf("/redpak"));
  const names = [base || "/", `${base}/redpak`, `${base}/redpak/node-n`, own, "/elsewhere"];
  const fake = fakeCgroups(Object.fromEntries(names.map((name) => [name, "memory"])));
  places.forEach((place, index) => fake.files.set(`/proc/${5 + index}/cgroup`, `0::${place}\n`));
  return observeCgroups(fake.kernel, running(root));
}

Deno.test("the group of a launch is that of its processes, wherever the tree is", () => {
  for (const base of ["", "/a/redpak/node-n/b"]) {
    const own = `${base}/redpak/node-n/run-5`;
    const found = observe([base || "/", own, own], own);
    assert.equal(found?.own.path, own);
    assert.equal(found.above.get("redpak/node-n")?.files.get("memory.max"), "max");
    assert.equal(found.above.get("redpak")?.path, `${base}/redpak`);
  }
  assert.equal(
    observe(["/", "/redpak/node-n/run-5-2/x", "/"], "/redpak/node-n/run-5-2")?.own.path,
    "/redpak/node-n/run-5-2",
  );
});

Deno.test("a group that all processes were taken out of is found beside the supervisor", () => {
  const own = "/s/redpak/node-n/run-5";
  for (const supervisor of ["/s", "/s/redpak/supervisor"]) {
    assert.equal(observe([supervisor, "/elsewhere", "/elsewhere"], own)?.own.path, own);
  }
  assert.equal(observe(["/elsewhere", "/", "/"], own, "/s")?.own.path, own);
});

Deno.test("a launch without a group of its own has none, whoever else has one", () => {
  assert.equal(observe(["/", "/", "/"], "/redpak/node-n/run-55"), undefined);
  assert.equal(observe(["/", "/redpak/node-n/run-55", "/"], "/redpak/node-n/run-55"), undefined);
});
