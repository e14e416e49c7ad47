import assert from "node:assert/strict";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import { RedpakError } from "../core/error.ts";
import type { Operation } from "../plan/operation.ts";
import type { Plan } from "../plan/plan.ts";
import { type FakeCgroups, fakeCgroups, type FakeOptions } from "./_fake_cgroups.ts";
import { makeCgroups } from "./cgroups.ts";

const where = { file: "/n/etc/redpak.yaml", line: 9, column: 12 };

function planOf({ optional = false, root = "" } = {}): Plan {
  const group = { operation: "cgroup", phase: "host", root, optional, origin: where } as const;
  const controllers = optional ? [] : ["memory"];
  const operations: Operation[] = [
    { ...group, path: ["redpak"], controllers, settings: [] },
    { ...group, path: ["redpak", "node-n"], controllers, settings: optional ? [] : ["memory.max=1M"] },
    {
      operation: "enter-cgroup",
      phase: "init",
      source: { path: "redpak/node-n" },
      levels: 2,
      settings: ["pids.max=512"],
      optional,
    },
  ];
  return { version: 1, node: "/n", alias: "n", admin: false, pending: [], warnings: [], operations };
}

function failure(fake: FakeCgroups, plan = planOf()): RedpakError {
  try {
    makeCgroups(fake.kernel, plan);
  } catch (error) {
    assert.ok(error instanceof RedpakError, String(error));
    return error;
  }
  throw new Error("nothing was thrown");
}

const RUN = `run-${Deno.pid}`;
const ALL = { "/": "cpu memory pids" };

Deno.test("groups are made from the root down, limits are set before there is a process", () => {
  const fake = fakeCgroups(ALL);
  const group = makeCgroups(fake.kernel, planOf());
  assert.deepEqual(fake.changes, [
    "/cgroup.subtree_control=+memory +pids",
    "+/redpak",
    "/redpak/cgroup.subtree_control=+memory +pids",
    "+/redpak/node-n",
    "/redpak/node-n/memory.max=1M",
    "/redpak/node-n/cgroup.subtree_control=+pids",
    `+/redpak/node-n/${RUN}`,
    `/redpak/node-n/${RUN}/pids.max=512`,
  ]);
  assert.ok(group !== undefined);
});

Deno.test("what a launch's own group has been given is told, without what there is no controller for", () => {
  assert.deepEqual(makeCgroups(fakeCgroups(ALL).kernel, planOf())?.settings, ["pids.max=512"]);
  assert.deepEqual(makeCgroups(fakeCgroups({ "/": "memory" }).kernel, planOf())?.settings, []);
});

Deno.test("of limits by default those are kept that there are controllers for", () => {
  const plan = planOf({ optional: true });
  const operations = plan.operations.map((operation): Operation =>
    operation.operation === "enter-cgroup" ? { ...operation, settings: ["pids.max=512", "memory.max=1"] } : operation
  );
  const kept = (controllers: string) =>
    makeCgroups(fakeCgroups({ "/": controllers }).kernel, { ...plan, operations })?.settings;
  assert.deepEqual(kept("memory pids"), ["pids.max=512", "memory.max=1"]);
  assert.deepEqual([kept("cpu pids"), kept("memory"), kept("cpu")], [["pids.max=512"], ["memory.max=1"], undefined]);
});

Deno.test("a launch that fails later takes its groups back", () => {
  const fake = fakeCgroups(ALL);
  makeCgroups(fake.kernel, planOf())?.remove();
  assert.deepEqual(fake.changes.slice(-3), [`-/redpak/node-n/${RUN}`, "-/redpak/node-n", "-/redpak"]);
});

Deno.test("a group that vanishes while another is made in it is made again", () => {
  let first = true;
  const fake = fakeCgroups(ALL, {
    before(change, { files }) {
      if (!first || change !== `+/redpak/node-n/${RUN}`) return;
      first = false;
      for (const path of [...files.keys()]) if (path.startsWith("/cg/redpak/node-n/")) files.delete(path);
      throw new SystemCallError("mkdirat", "ENOENT");
    },
  });
  assert.ok(makeCgroups(fake.kernel, planOf()));
  assert.equal(fake.changes.filter((change) => change === "/redpak/node-n/memory.max=1M").length, 2);
});

Deno.test("groups that always vanish are an error, not a hang", () => {
  const before: FakeOptions["before"] = (change) => {
    if (change.startsWith("+/redpak/")) throw new SystemCallError("mkdirat", "ENODEV");
  };
  assert.equal(failure(fakeCgroups(ALL, { before })).code, "E_RACE");
});

Deno.test("any failure stops a launch with limits, with the place, and leaves no group", () => {
  const changes = fakeCgroups(ALL);
  makeCgroups(changes.kernel, planOf());
  for (const failing of changes.changes) {
    const before: FakeOptions["before"] = (change) => {
      if (change === failing) throw new SystemCallError("write", "EACCES");
    };
    const fake = fakeCgroups(ALL, { before });
    const error = failure(fake);
    assert.deepEqual([error.where, error.errno], [where, "EACCES"], failing);
    assert.ok(![...fake.files.keys()].some((path) => path.startsWith("/cg/redpak")), failing);
    const optional = fakeCgroups(ALL, { before });
    if (makeCgroups(optional.kernel, planOf({ optional: true })) !== undefined) continue;
    assert.ok(![...optional.files.keys()].some((path) => path.startsWith("/cg/redpak")), failing);
  }
});

Deno.test("a controller that is missing is named, with the place where delegation stops", () => {
  const groups = { "/": "memory pids", "/a": "memory pids", "/a/b": "", "/a/b/c": "" };
  const fake = fakeCgroups(groups, { own: "/a/b/c" });
  fake.files.set("/cg/cgroup.subtree_control", "memory pids");
  const error = failure(fake);
  assert.equal(error.code, "E_CGROUP_CONTROLLER");
  assert.match(error.message, /the controller "memory" is missing: delegation stops at "\/cg\/a"/);
  assert.deepEqual(error.where, where);
  assert.match(failure(fakeCgroups({ "/": "pids" })).message, /the kernel, or the container around redpak/);
  assert.equal(makeCgroups(fakeCgroups({ "/": "cpu" }).kernel, planOf({ optional: true })), undefined);
});

Deno.test("version 1 and a tree that is not mounted are told apart", () => {
  const hybrid = fakeCgroups({ "/": "" });
  hybrid.files.set("/proc/self/cgroup", "2:memory:/\n0::/\n");
  const none = fakeCgroups({});
  none.files.set("/proc/self/mountinfo", "");
  for (const fake of [hybrid, none]) {
    const { code, exit } = failure(fake);
    assert.deepEqual([code, exit], ["E_CGROUP_V1", 5]);
  }
});

/** A group whose controllers cannot be handed on as long as there are processes in it. */
function crowded(processes: string) {
  const fake = fakeCgroups({ ...ALL, "/s": "memory pids" }, {
    own: "/s",
    before(change, { files }) {
      if (change.startsWith("/s/redpak/supervisor/cgroup.procs=")) files.set("/cg/s/cgroup.procs", "");
    },
  });
  fake.files.set("/cg/s/cgroup.procs", processes);
  return fake;
}

Deno.test("a launcher that is alone in its group makes room by moving itself", () => {
  const fake = crowded(`${Deno.pid}\n`);
  assert.ok(makeCgroups(fake.kernel, planOf()));
  assert.deepEqual(fake.changes.slice(0, 4), [
    "+/s/redpak",
    "+/s/redpak/supervisor",
    "/s/redpak/supervisor/cgroup.procs=0",
    "/s/cgroup.subtree_control=+memory +pids",
  ]);
});

Deno.test("processes of others are never moved", () => {
  const fake = crowded(`1\n${Deno.pid}\n`);
  assert.equal(failure(fake).code, "E_CGROUP_BUSY");
  assert.deepEqual(fake.changes, []);
  assert.equal(makeCgroups(crowded("1\n").kernel, planOf({ optional: true })), undefined);
});

Deno.test("without privileges, a group that is not delegated is refused before anything is made", () => {
  const fake = fakeCgroups({ ...ALL, "/u": "memory pids" }, { own: "/u", uid: 1000 });
  const { code, exit, hints } = failure(fake);
  assert.deepEqual([code, exit], ["E_CGROUP_DELEGATION", 5]);
  assert.match(hints[0] ?? "", /Delegate=yes/);
  assert.deepEqual(fake.changes, []);
});

Deno.test("a root that does not exist is named", () => {
  const { code, message } = failure(fakeCgroups(ALL), planOf({ root: "/lost" }));
  assert.equal(code, "E_CGROUP_ROOT");
  assert.match(message, /there is no group "\/cg\/lost"/);
});

Deno.test("a filter of devices that is needed, or that devices are a reason for, is one for a group without limits", () => {
  const filter = (optional: boolean): Operation => ({ operation: "device-filter", phase: "host", rules: [], optional });
  const device: Operation = {
    operation: "device",
    phase: "host",
    source: { path: "/dev/x" },
    destination: "/dev/x",
    access: "rw",
    uid: 0,
    gid: 0,
    optional: false,
  };
  const plan = (...others: Operation[]) => {
    const { operations, ...rest } = planOf({ optional: true });
    return { ...rest, operations: [...operations, ...others] };
  };
  const none = { "/": "" };
  assert.equal(makeCgroups(fakeCgroups(none).kernel, plan(filter(true))), undefined);
  assert.deepEqual(makeCgroups(fakeCgroups(none).kernel, plan(filter(true), device))?.settings, []);
  assert.deepEqual(makeCgroups(fakeCgroups(none).kernel, plan(filter(false)))?.settings, []);
  const version1 = (...others: Operation[]) => {
    const fake = fakeCgroups(none, { before: () => assert.fail("something was changed") });
    fake.files.set("/proc/self/mountinfo", "30 20 0:27 / /cg rw - cgroup cgroup rw,devices\n");
    return () => makeCgroups(fake.kernel, plan(...others));
  };
  assert.equal(version1(filter(true), device)(), undefined);
  assert.throws(version1(filter(false)), { code: "E_CGROUP_V1" });
});
