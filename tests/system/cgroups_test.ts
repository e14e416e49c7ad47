/** Limits, as far as any machine can show them; tests/vm has a machine for the rest. */
import assert from "node:assert/strict";
import { findCgroupTree } from "../../src/host/cgroup_tree.ts";
import { PATH, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";

const { version1 } = findCgroupTree();
const isHybrid = version1.has("pids");
if (!isHybrid) console.log("skipped: version 1 of control groups, which this machine does not use");

Deno.test("a value that no file takes is found without touching anything, with its place", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH + "  cgroups: { mem: { max: lots } }\n");
  for (const args of [["check", node], ["plan", node], ["run", node, "--", "true"]]) {
    const { code, stdout, stderr } = redpak(args);
    assert.equal(code, 3);
    assert.match(stdout + stderr, /Cannot set memory\.max to "lots": expected a number of bytes/);
    assert.match(stdout + stderr, /etc\/redpak\.yaml:15:26/);
  }
});

Deno.test("the plan shows the groups and their limits", () => {
  using scratch = new Scratch();
  const parent = scratch.node("p", SYSTEM + PATH + "  cgroups: { mem: { max: 1G } }\n");
  const child = scratch.node("p/c", SYSTEM + PATH + "  cgroups: { pids: { max: 50 } }\n");
  const { stdout } = redpak(["plan", child, "--", "true"]);
  const name = parent.slice(1).replaceAll("-", "\\x2d").replaceAll("/", "-");
  const lines = stdout.split("\n").map((line) => line.trim()).filter((line) => line.includes("cgroup ")).map((line) =>
    line.replaceAll("\\\\", "\\").replaceAll('"', "").replace(/ +/g, " ").replace(/ #.*/, "")
  );
  assert.deepEqual(lines.filter((line) => !/^(clone|mask) /.test(line)), [
    "cgroup redpak",
    `cgroup redpak/node-${name} memory.max=1G`,
    `cgroup redpak/node-${name}/node-c pids.max=50`,
    `enter-cgroup new in redpak/node-${name}/node-c memory.oom.group=1`,
  ]);
});

rootTest("without limits, a node starts wherever there are no groups to be had", () => {
  using scratch = new Scratch();
  assert.equal(redpak(["run", scratch.node("n", SYSTEM + PATH), "--", "true"]).code, 0);
});

Deno.test({
  name: "a limit that belongs to version 1 stops the launch, and says so",
  ignore: !isHybrid || Deno.uid() !== 0,
  fn() {
    using scratch = new Scratch();
    const node = scratch.node("n", SYSTEM + PATH + "  cgroups: { pids: { max: 10 } }\n");
    const { code, stderr } = redpak(["run", node, "--", "true"]);
    assert.equal(code, 5);
    assert.match(stderr, /the controller "pids" belongs to cgroup version 1 on this machine/);
    assert.match(stderr, /etc\/redpak\.yaml:15:\d+/);
    assert.match(stderr, /cgroup_no_v1=all/);
  },
});
