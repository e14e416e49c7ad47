/**
 * A launch that is killed at one of its system calls leaves nothing that the next command does not clean: processes,
 * mounts, records, temporary files, control groups. REDPAK_FAULTS says of which calls all uses are tried, as in fault_test.ts.
 */
import assert from "node:assert/strict";
import { attachPlan } from "../../src/plan/attach_plan.ts";
import { encodePlan } from "../../src/plan/encode.ts";
import { planToJson } from "../../src/plan/json.ts";
import { runAlone } from "./_alone.ts";
import { CHOSEN, INITS, scene, USER } from "./_faults.ts";
import { HAS_GROUPS, IN_GROUP } from "./_groups.ts";
import { REDPAK, redpak, rootTest } from "./_node.ts";
import { stage } from "./_staged_node.ts";

/** @returns how many of the kills have left groups, for the next command to find */
function killed(directory: string, ...args: string[]): number {
  const { code, stdout, stderr } = runAlone("_killed.ts", directory, ...args);
  const wrong = stdout.split("\n").filter((line) => line.startsWith("wrong: "));
  assert.deepEqual([code, wrong], [0, []], stderr);
  const kills = Number(/^(\d+) kills$/m.exec(stdout)?.[1] ?? 0);
  console.log(`${kills} kills`);
  assert.ok(CHOSEN !== undefined || kills > 25);
  return Number(/^(\d+) left groups$/m.exec(stdout)?.[1] ?? 0);
}

function leavesGroups(times: number): void {
  if (!HAS_GROUPS) return console.log("no look at control groups: there is no version 2 of them here");
  console.log(`${times} left groups`);
  assert.ok(CHOSEN !== undefined || times > 0);
}

for (const [caller, uid] of Object.entries({ root: 0, "an ordinary user": USER })) {
  for (const [init, more] of Object.entries(INITS)) {
    rootTest(`a stage of ${caller} that is killed at a system call${init} leaves nothing`, async () => {
      using node = await scene(uid, more);
      const launcher = `${node.path}/launcher`;
      Deno.writeFileSync(launcher, attachPlan(stage(), encodePlan(node.plan)), { mode: 0o755 });
      killed(node.path, "stage", String(uid), launcher, `${node.path}/log`);
    });
  }
}

rootTest(
  "root's launcher that is killed at a system call leaves nothing that ps does not clean",
  async () => {
    using node = await scene(0, IN_GROUP);
    const [plan, file] = [`${node.path}/plan.json`, `${node.path}/stage`];
    Deno.writeTextFileSync(plan, JSON.stringify(planToJson(node.whole)));
    Deno.writeFileSync(file, stage());
    leavesGroups(killed(node.path, "launcher", plan, file, REDPAK));
  },
);

rootTest(
  "a sealed launcher that is killed at a system call leaves nothing that ps does not clean",
  async () => {
    using node = await scene(0, IN_GROUP);
    const launcher = `${node.path}/launcher`;
    const { code, stderr } = redpak(["seal", node.node, "--output", launcher, "--", "/state"]);
    assert.equal(code, 0, stderr);
    leavesGroups(killed(node.path, "sealed", launcher, `${node.path}/log`, REDPAK));
  },
);
