import assert from "node:assert/strict";
import { canLaunch, type Check, checkHost, type Trials } from "./host_checks.ts";
import type { HostFacts } from "./host_facts.ts";

/** A machine on which nothing is wrong. */
const GOOD: HostFacts = {
  kernel: "6.12.1",
  missingCalls: [],
  landlock: 6,
  seccomp: true,
  sysctls: { "fs.protected_symlinks": "1", "vm.memfd_noexec": "1", "user.max_user_namespaces": "100" },
  modules: ["capability", "landlock"],
  cgroups: { own: "/cg", controllers: ["cpu", "cpuset", "io", "memory", "pids"], version1: [], delegated: true },
  writable: { "/run": null },
  confinement: { Seccomp: "0" },
};
const WORKED = { outcome: "worked" } as const;
const ALL_WORKED: Trials = { launch: WORKED, time: WORKED, proc: WORKED, user: WORKED };

function check(id: string, facts: Partial<HostFacts>, trials: Partial<Trials> = {}): Check | undefined {
  return checkHost({ ...GOOD, ...facts }, { ...ALL_WORKED, ...trials }).find((check) => check.id === id);
}

Deno.test("on a machine where nothing is wrong there is nothing to do", () => {
  const checks = checkHost(GOOD, ALL_WORKED);
  assert(checks.every(({ status, fix }) => (status === "ok" || status === "info") && fix === null));
  assert(canLaunch(checks));
});

Deno.test("each check has a name of its own", () => {
  const ids = checkHost(GOOD, ALL_WORKED).map(({ id }) => id);
  assert.deepEqual(ids, [...new Set(ids)]);
});

Deno.test("a launch that fails says why and what helps, and no other will work", () => {
  const launch = { outcome: "failed", reason: "Cannot mount", hints: ["try this", "or that"] } as const;
  const checks = checkHost(GOOD, { ...ALL_WORKED, launch });
  const found = checks.find(({ id }) => id === "D-LAUNCH");
  assert.deepEqual([found?.status, found?.seen, found?.fix], ["fail", "Cannot mount", "try this; or that"]);
  assert(!canLaunch(checks));
});

Deno.test("time namespaces and launches by users can be done without", () => {
  const failed = { outcome: "failed", reason: "no", hints: [] } as const;
  const checks = checkHost(GOOD, { ...ALL_WORKED, time: failed, user: failed });
  assert.deepEqual(checks.filter(({ status }) => status === "warn").map(({ id }) => id), ["D-TIMENS", "D-USER"]);
  assert(canLaunch(checks));
});

Deno.test("what could not be tried is neither good nor bad", () => {
  assert.equal(check("D-USER", {}, { user: { outcome: "untried", reason: "it cannot be" } })?.status, "info");
});

Deno.test("system calls that are missing are named", () => {
  assert.equal(
    check("D-KERNEL", { missingCalls: ["openat2", "clone3"] })?.seen,
    "Linux 6.12.1 without openat2, clone3",
  );
});

Deno.test("without filters of system calls no node is launched", () => {
  assert.equal(check("D-SECCOMP", { seccomp: false })?.status, "fail");
});

Deno.test("an old Landlock is better than none", () => {
  assert.equal(check("D-LANDLOCK", { landlock: 2 })?.status, "info");
  assert.equal(check("D-LANDLOCK", { landlock: 0 })?.status, "warn");
});

Deno.test("controllers that are missing are named, with what keeps them away", () => {
  const cgroups = { own: "/cg/a", controllers: ["cpu", "io", "pids"], version1: [], delegated: true };
  assert.equal(check("D-CGROUPS", { cgroups })?.seen, "/cg/a has no cpuset, memory");
  assert.match(check("D-CGROUPS", { cgroups })?.fix ?? "", /cgroup\.subtree_control above \/cg\/a$/);
  assert.match(check("D-CGROUPS", { cgroups: { ...cgroups, version1: ["memory"] } })?.fix ?? "", /cgroup_no_v1=all/);
  assert.equal(check("D-CGROUPS", { cgroups: { ...cgroups, own: null } })?.seen, "version 2 is not mounted");
});

Deno.test("a group with all controllers is of no use to who may not hand them on", () => {
  const found = check("D-CGROUPS", { cgroups: { ...GOOD.cgroups, delegated: false } });
  assert.deepEqual([found?.status, found?.seen], ["warn", "/cg is not delegated to this user"]);
});

Deno.test("a setting that is wrong comes with the command that sets it, now and at the next start", () => {
  const found = check("D-SYMLINKS", { sysctls: { "fs.protected_symlinks": "0" } });
  assert.equal(found?.status, "warn");
  assert.equal(
    found?.fix,
    "sysctl -w fs.protected_symlinks=1; echo 'fs.protected_symlinks = 1' >>/etc/sysctl.d/90-redpak.conf",
  );
});

Deno.test("settings that keep every node from being launched are failures", () => {
  for (
    const [id, name, value] of [
      ["D-MEMFD", "vm.memfd_noexec", "2"],
      ["D-USERNS-LIMIT", "user.max_user_namespaces", "0"],
    ] as const
  ) assert.equal(check(id, { sysctls: { [name]: value } })?.status, "fail", name);
});

Deno.test("nothing is said about settings that this kernel does not have", () => {
  assert.equal(check("D-BPF", { sysctls: { "kernel.unprivileged_bpf_disabled": null } }), undefined);
});

Deno.test("a directory for running nodes that cannot be written is told with its errno", () => {
  const found = check("D-RUNDIR", { writable: { "/run": "EROFS" } });
  assert.deepEqual([found?.status, found?.seen], ["warn", "/run is not writable (EROFS)"]);
});
