import assert from "node:assert/strict";
import { cgroupDirectory, findCgroupTree, parseCgroupTree } from "./cgroup_tree.ts";

const mount = (root: string, point: string) => `30 20 0:27 ${root} ${point} rw,nosuid - cgroup2 cgroup2 rw\n`;

Deno.test("the group of the process is the one of version 2", () => {
  const tree = parseCgroupTree("0::/user.slice/a:b\n", mount("/", "/sys/fs/cgroup"));
  assert.equal(tree.own, "/user.slice/a:b");
  assert.deepEqual(tree.mount, { mountPoint: "/sys/fs/cgroup", root: "/" });
  assert.equal(tree.version1.size, 0);
});

Deno.test("controllers of version 1 are not for version 2", () => {
  const tree = parseCgroupTree("3:cpu,cpuacct:/x\n2:name=systemd:/\n0::/\n", mount("/", "/sys/fs/cgroup/unified"));
  assert.deepEqual([...tree.version1], ["cpu", "cpuacct", "name=systemd"]);
  assert.equal(tree.own, "/");
});

Deno.test("a machine with version 1 alone has neither", () => {
  assert.deepEqual(parseCgroupTree("2:pids:/\n", "30 20 0:27 / /sys/fs/cgroup/pids rw - cgroup cgroup rw\n"), {
    version1: new Set(["pids"]),
  });
});

Deno.test("a group has a directory where it is below what is mounted", () => {
  const whole = parseCgroupTree("0::/\n", mount("/", "/cg"));
  assert.equal(cgroupDirectory(whole, "/"), "/cg");
  assert.equal(cgroupDirectory(whole, "/a/b"), "/cg/a/b");
  const part = parseCgroupTree("0::/\n", mount("/a", "/cg"));
  assert.equal(cgroupDirectory(part, "/a/b"), "/cg/b");
  assert.equal(cgroupDirectory(part, "/ab"), undefined);
  assert.equal(cgroupDirectory(whole, "/../../other"), undefined);
  assert.equal(cgroupDirectory(parseCgroupTree("0::/\n", ""), "/"), undefined);
});

Deno.test("this process is in a group, or the machine has version 1 alone", () => {
  const { own, version1 } = findCgroupTree();
  assert.ok(own?.startsWith("/") || version1.size > 0);
});
