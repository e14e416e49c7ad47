import * as assert from "node:assert/strict";
import type { Cgroups, Sharing } from "../config/schema.ts";
import type { ResourceLimit } from "../config/resource_limits.ts";
import { all, type ConfigFixture, only, plan, type RequestFixture, sourced } from "./_fixtures.ts";

const [DATA, NPROC] = [2, 6];
/** The machine of the fixtures has 1 GiB. */
const HALF = 2 ** 29;
const END = "memory.oom.group=1";
const MEMORY = [`memory.max=${HALF}`, END];

interface Setting {
  readonly cgroups?: Cgroups;
  readonly nproc?: ResourceLimit;
  readonly user?: Sharing;
}

function launch({ cgroups = {}, nproc, user }: Setting = {}, request: RequestFixture = {}) {
  const config: ConfigFixture = {
    rest: { cgroups: [sourced(cgroups)] },
    ...nproc === undefined ? {} : { rlimits: { nproc } },
    ...user === undefined ? {} : { sharing: { user } },
  };
  return plan(config, request);
}

function limitOf(resource: number, ...parameters: Parameters<typeof launch>) {
  const limits = all(launch(...parameters), "rlimit").filter((limit) => limit.resource === resource);
  return limits.map(({ soft, hard, unless }) => [soft, hard, unless]);
}

Deno.test("512 processes are kept by the group of a launch, or else by a limit of the processes in its user namespace", () => {
  for (const facts of [{ uid: 0 }, { uid: 1000, gid: 100 }]) {
    assert.deepEqual(only(launch({}, { facts }), "enter-cgroup").settings, ["pids.max=512", ...MEMORY]);
    assert.deepEqual(limitOf(NPROC, {}, { facts }), [[512n, 512n, "pids.max"]]);
  }
});

Deno.test("a limit of the configuration takes the place of the default, be it one of the group or of processes", () => {
  for (const max of ["2000", "max"]) {
    assert.deepEqual(only(launch({ cgroups: { pids: { max } } }), "enter-cgroup").settings, MEMORY);
    assert.deepEqual(limitOf(NPROC, { cgroups: { pids: { max } } }), []);
  }
  const nproc = { soft: 600n, hard: 700n };
  assert.deepEqual(limitOf(NPROC, { nproc }), [[600n, 700n, ""]]);
  assert.deepEqual(only(launch({ nproc }), "enter-cgroup").settings, ["pids.max=512", ...MEMORY]);
});

Deno.test("half of the memory is kept by the group of a launch, or else by a limit of each process", () => {
  assert.deepEqual(limitOf(DATA), [[BigInt(HALF), BigInt(HALF), "memory.max"]]);
  const odd = launch({}, { facts: { memory: 1_000_000_001 } });
  assert.equal(only(odd, "enter-cgroup").settings[1], "memory.max=499998720", "whole pages");
  assert.deepEqual(limitOf(DATA, { user: "enabled" }).length, 1, "it counts nobody else's");
});

Deno.test("a limit of memory in the node or above it takes the place of the default", () => {
  for (const mem of [{ max: "max" }, { high: "1G" }]) {
    const own = launch({ cgroups: { mem } });
    assert.deepEqual(only(own, "enter-cgroup").settings, ["pids.max=512", END]);
    assert.deepEqual(all(own, "rlimit").filter(({ resource }) => resource === DATA), []);
    const levels = [sourced({}), { ...sourced({ mem }), node: { ...sourced({}).node, path: "/" } }];
    assert.deepEqual(only(plan({ rest: { cgroups: levels } }), "enter-cgroup").settings, ["pids.max=512", END]);
  }
});

Deno.test("what the configuration says of the end of a node that runs out of memory stays so", () => {
  const settings = (mem: NonNullable<Cgroups["mem"]>) => only(launch({ cgroups: { mem } }), "enter-cgroup").settings;
  assert.deepEqual(settings({ oom_group: "0" }), ["pids.max=512", MEMORY[0], "memory.oom.group=0"]);
  assert.deepEqual(settings({ max: "1G", oom_group: " 0 " }), ["pids.max=512", "memory.oom.group=0"]);
  assert.deepEqual(settings({ low: "1M" }), ["pids.max=512", ...MEMORY]);
});

Deno.test("processes of others do not count: without a user namespace of its own, or before Linux 5.14, nothing stands in", () => {
  assert.deepEqual(limitOf(NPROC, { user: "enabled" }), []);
  assert.deepEqual(limitOf(NPROC, { user: { join: "/proc/7/ns/user" } }), []);
  const releases = { "4.19.0-21-amd64": 0, "5.13.19": 0, "5.14-rc1": 1, "5.14.0": 1, "6.1.0": 1, "10.0": 1 };
  for (const [kernel, count] of Object.entries(releases)) {
    assert.equal(limitOf(NPROC, {}, { facts: { kernel } }).length, count, kernel);
  }
});
