import assert from "node:assert/strict";
import { gatherFacts } from "./facts.ts";

const facts = gatherFacts({ A: "1" });

Deno.test("names are looked up in the user and group databases", () => {
  assert.deepEqual(facts.userId("root"), { uid: 0, gid: 0 });
  assert.equal(facts.groupId("root"), 0);
  assert.equal(facts.userId("no-such-user"), undefined);
  assert.equal(facts.groupId("no-such-group"), undefined);
});

Deno.test("today is written as redpak 2.5 does", () => {
  assert.match(facts.today, /^\d\d-[A-Z][a-z][a-z]-\d{4} \d\d:\d\d \([^)]+\)$/);
});

Deno.test("each occurrence of a UUID is another, and stays what it is", () => {
  assert.match(facts.uuid("a"), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.notEqual(facts.uuid("a"), facts.uuid("b"));
  assert.equal(facts.uuid("a"), facts.uuid("a"));
});

Deno.test("the kernel is the one that runs, the memory all that the machine has", () => {
  assert.match(facts.kernel, /^\d+\.\d+/);
  assert(facts.memory > 2 ** 24 && Number.isSafeInteger(facts.memory), String(facts.memory));
});

Deno.test("the cgroup tree is where the environment says", () => {
  assert.equal(facts.cgroupMountPoint, "/sys/fs/cgroup");
  assert.equal(gatherFacts({ CGROUPS_MOUNT_POINT: "/cg" }).cgroupMountPoint, "/cg");
});
