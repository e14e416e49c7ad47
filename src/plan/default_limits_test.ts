import * as assert from "node:assert/strict";
import type { Cgroups, Sharing } from "../config/schema.ts";
import type { ResourceLimit } from "../config/resource_limits.ts";
import { all, type ConfigFixture, only, plan, type RequestFixture, sourced } from "./_fixtures.ts";

const NPROC = 6;

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
    assert.deepEqual(only(launch({}, { facts }), "enter-cgroup").settings, ["pids.max=512"]);
    assert.deepEqual(limitOf(NPROC, {}, { facts }), [[512n, 512n, "pids.max"]]);
  }
});

Deno.test("a limit of the configuration takes the place of the default, be it one of the group or of processes", () => {
  for (const max of ["2000", "max"]) {
    assert.deepEqual(only(launch({ cgroups: { pids: { max } } }), "enter-cgroup").settings, []);
    assert.deepEqual(limitOf(NPROC, { cgroups: { pids: { max } } }), []);
  }
  const nproc = { soft: 600n, hard: 700n };
  assert.deepEqual(limitOf(NPROC, { nproc }), [[600n, 700n, ""]]);
  assert.deepEqual(only(launch({ nproc }), "enter-cgroup").settings, ["pids.max=512"]);
});

Deno.test("processes of others do not count: without a user namespace of its own, or before Linux 5.14, nothing stands in", () => {
  assert.deepEqual(limitOf(NPROC, { user: "enabled" }), []);
  assert.deepEqual(limitOf(NPROC, { user: { join: "/proc/7/ns/user" } }), []);
  const releases = { "4.19.0-21-amd64": 0, "5.13.19": 0, "5.14-rc1": 1, "5.14.0": 1, "6.1.0": 1, "10.0": 1 };
  for (const [kernel, count] of Object.entries(releases)) {
    assert.equal(limitOf(NPROC, {}, { facts: { kernel } }).length, count, kernel);
  }
});
