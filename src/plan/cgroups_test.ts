import * as assert from "node:assert/strict";
import type { Cgroups, Scalars } from "../config/schema.ts";
import { all, failure, only, plan, sourced } from "./_fixtures.ts";

/** A plan for a family, given from the root to the leaf as `path: limits`. */
function launch(family: Readonly<Record<string, Cgroups>>, scalars: Scalars = {}, admin = false) {
  const levels = Object.entries(family).map(([path, value], index) => {
    const level = sourced(value, index);
    return { ...level, node: { ...level.node, path } };
  });
  return plan({ scalars, rest: { cgroups: levels.reverse(), admin } });
}

Deno.test("there is a group for each node of the family, each in that of its parent", () => {
  const result = launch({ "/p": { mem: { max: "1G" } }, "/p/c": { pids: { max: "20" }, cpu: { max: "50000" } } });
  assert.deepEqual(
    all(result, "cgroup").map(({ path, controllers, settings }) => [path.join("/"), controllers, settings]),
    [
      ["redpak", ["memory", "pids", "cpu"], []],
      ["redpak/node-p", ["memory", "pids", "cpu"], ["memory.max=1G"]],
      ["redpak/node-p/node-c", ["pids", "cpu"], ["cpu.max=50000 100000", "pids.max=20"]],
    ],
  );
  assert.deepEqual(all(result, "cgroup").map(({ origin }) => origin?.line), [undefined, 1, 2]);
  const { source, levels, settings, optional, phase } = only(result, "enter-cgroup");
  assert.deepEqual({ source, levels, settings, optional, phase }, {
    source: { path: "redpak/node-p/node-c" },
    levels: 3,
    settings: ["memory.oom.group=1"],
    optional: false,
    phase: "init",
  });
});

Deno.test("groups come first, and are entered before anything else is shared or joined", () => {
  const names = launch({ "/p": {} }).operations.map(({ operation }) => operation);
  assert.deepEqual(names.slice(0, 4), ["cgroup", "cgroup", "device-filter", "unshare"]);
  assert.ok(names.indexOf("enter-cgroup") < names.indexOf("clone"));
});

Deno.test("without limits the groups are optional, and a launch has limits by default", () => {
  const result = launch({ "/p": {} });
  assert.deepEqual(all(result, "cgroup").map(({ optional }) => optional), [true, true]);
  assert.deepEqual(only(result, "enter-cgroup").settings, [
    "pids.max=512",
    "memory.max=536870912",
    "memory.oom.group=1",
  ]);
  assert.equal(only(result, "enter-cgroup").optional, true);
});

Deno.test("a controller that is named is needed, also without a value", () => {
  const result = launch({ "/p": { io: {} }, "/p/c": {} });
  assert.deepEqual(all(result, "cgroup").map(({ controllers, optional }) => [controllers, optional]), [
    [["io"], false],
    [["io"], false],
    [[], false],
  ]);
});

Deno.test("values of the whole machine are for the group that the tree is made in", () => {
  const result = launch({ "/p": { io: { cost_qos: "8:0 enable=1", weight: "50" } } });
  assert.deepEqual(all(result, "cgroup").map(({ path, settings }) => [path.join("/"), settings]), [
    ["", ["io.cost.qos=8:0 enable=1"]],
    ["redpak", []],
    ["redpak/node-p", ["io.weight=default 50"]],
  ]);
});

Deno.test("a device has a setting of its own", () => {
  const [, group] = all(launch({ "/p": { io: { weight: "8:0 10\n8:16 20" } } }), "cgroup");
  assert.deepEqual(group?.settings, ["io.weight=8:0 10", "io.weight=8:16 20"]);
});

Deno.test("the root is a path below the mount point, which it may begin with", () => {
  const root = (cgrouproot?: string) =>
    all(launch({ "/p": {} }, cgrouproot === undefined ? {} : { cgrouproot }), "cgroup")[0]?.root;
  assert.equal(root(), "");
  assert.equal(root("/sys/fs/cgroup/a/b/"), "/a/b");
  assert.equal(root("/a/../b"), "/b");
  assert.equal(root("c"), "/c");
  assert.equal(root("/sys/fs/cgroup"), "/");
});

Deno.test("admin launches have a tree of their own, for their limits differ", () => {
  assert.deepEqual(all(launch({ "/p": {} }, {}, true), "cgroup")[0]?.path, ["redpak-admin"]);
});

Deno.test("a value that is none stops the plan, with its file", () => {
  const error = failure(() => launch({ "/p": { mem: { max: "10MB", oom_group: "yes" } } }));
  assert.deepEqual(error.problems.map(({ code, message }) => [code, message]), [
    [
      "E_CGROUP_VALUE",
      'Cannot set memory.max to "10MB": expected a number of bytes, with K, M, G, T or P for more, or max',
    ],
    ["E_CGROUP_VALUE", 'Cannot set memory.oom.group to "yes": expected 0 or 1'],
  ]);
  assert.equal(error.exit, 3);
  assert.equal(error.problems[0]?.where?.file, "/n/etc/redpak.yaml");
  const both = failure(() => launch({ "/p": { cpu: { weight: "5", weight_nice: "1" } } }));
  assert.match(both.message, /another form of cpu.weight/);
});

Deno.test("a limit above that of an ancestor is a warning, the nearest smaller one is named", () => {
  const warnings = (family: Readonly<Record<string, Cgroups>>) => launch(family).warnings.map(({ message }) => message);
  assert.deepEqual(
    warnings({ "/p": { mem: { max: "1G" } }, "/p/c": { mem: { max: "512M" } }, "/p/c/d": { mem: { max: "1G" } } }),
    ['memory.max of "1G" has no effect: an ancestor has "512M" at /n/etc/redpak.yaml:1:1'],
  );
  assert.deepEqual(
    warnings({ "/p": { mem: { max: "1G", low: "1M" } }, "/p/c": { mem: { max: "1024M", low: "2M" } } }),
    [],
  );
  assert.equal(warnings({ "/p": { cpu: { max: "50000" } }, "/p/c": { cpu: { max: "90000 100000" } } }).length, 1);
});
