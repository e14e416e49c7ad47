import * as assert from "node:assert/strict";
import { CGROUP_KEYS } from "../config/merged_document.ts";
import { CGROUP_FILES, expectedContent, isAsSet, resetsOf, RESETTABLE } from "./cgroup_files.ts";

Deno.test("every key of the configuration has its file", () => {
  const keys = (table: object) =>
    Object.entries(table).map(([name, fields]) => [name, Array.isArray(fields) ? fields : Object.keys(fields)].flat());
  const sorted = (table: object) => keys(table).map((names) => names.sort().join()).sort();
  assert.deepEqual(sorted(CGROUP_FILES), sorted(CGROUP_KEYS));
});

Deno.test("a value of before is set back, one that is asked for or never changed is not touched", () => {
  assert.deepEqual(resetsOf("memory.max", "1048576", []), ["max"]);
  assert.deepEqual(resetsOf("memory.max", "1048576", ["memory.max=2M"]), []);
  assert.deepEqual(resetsOf("memory.max", "max", ["memory.high=1M"]), []);
  assert.deepEqual(resetsOf("cpuset.cpus", "0-3", []), [""]);
  assert.deepEqual(resetsOf("cpuset.cpus.partition", "root invalid (no)", []), ["member"]);
  assert.deepEqual(resetsOf("cpu.weight", "50", ["cpu.weight.nice=-5"]), []);
});

Deno.test("of devices only those that are not asked for are set back", () => {
  const content = "8:0 rbps=1 wbps=max riops=max wiops=max\n8:16 rbps=2 wbps=max riops=max wiops=max\n";
  assert.deepEqual(resetsOf("io.max", content, ["io.max=8:0 rbps=5 wbps=max riops=max wiops=max"]), [
    "8:16 rbps=max wbps=max riops=max wiops=max",
  ]);
  assert.deepEqual(resetsOf("io.weight", "default 50\n8:0 60\n8:16 70\n", ["io.weight=8:0 10"]), [
    "default 100",
    "8:16 default",
  ]);
  assert.deepEqual(resetsOf("io.weight", "default 100\n", []), []);
});

Deno.test("what belongs to the whole machine, or is another form of a value, is not reset", () => {
  assert.equal(RESETTABLE.includes("io.cost.qos"), false);
  assert.equal(RESETTABLE.includes("cpu.weight.nice"), false);
  assert.equal(RESETTABLE.includes("io.max") && RESETTABLE.includes("pids.max"), true);
});

Deno.test("a file is as a launch has left it, or not", () => {
  const settings = ["memory.max=64M", "io.max=8:0 rbps=1 wbps=max riops=max wiops=max", "cpu.weight.nice=1"];
  const limited = "8:0 rbps=1 wbps=max riops=max wiops=max";
  assert.ok(isAsSet("memory.max", "67108864", settings));
  assert.ok(!isAsSet("memory.max", "max", settings));
  assert.ok(isAsSet("memory.high", "max", settings));
  assert.ok(!isAsSet("memory.high", "4096", settings));
  assert.ok(isAsSet("io.max", limited, settings));
  assert.ok(!isAsSet("io.max", `${limited}\n8:16 rbps=2 wbps=max riops=max wiops=max`, settings));
  assert.ok(!isAsSet("io.max", "", settings));
  assert.ok(isAsSet("cpu.weight", "79", settings) && isAsSet("cpu.weight.nice", "1", settings));
  assert.ok(!isAsSet("cpu.weight.nice", "0", settings));
  assert.ok(isAsSet("cpuset.cpus", "0-3", settings), "a list cannot be emptied");
  assert.ok(!isAsSet("cpuset.cpus", "0-3", ["cpuset.cpus=0"]));
  assert.equal(expectedContent("memory.max", settings), "64M");
  assert.equal(expectedContent("cpu.max", settings), "max 100000");
  assert.equal(expectedContent("io.max", []), "nothing");
});
