/**
 * A launch that is killed at one of its system calls leaves nothing that the next command does not clean: processes,
 * mounts, records, temporary files. REDPAK_FAULTS says of which calls all uses are tried, as in fault_test.ts.
 */
import assert from "node:assert/strict";
import { attachPlan } from "../../src/plan/attach_plan.ts";
import { encodePlan } from "../../src/plan/encode.ts";
import { planToJson } from "../../src/plan/json.ts";
import { runAlone } from "./_alone.ts";
import { CHOSEN, scene, USER } from "./_faults.ts";
import { REDPAK, rootTest } from "./_node.ts";
import { stage } from "./_staged_node.ts";

function killed(directory: string, ...args: string[]): void {
  const { code, stdout, stderr } = runAlone("_killed.ts", directory, ...args);
  const wrong = stdout.split("\n").filter((line) => line.startsWith("wrong: "));
  assert.deepEqual([code, wrong], [0, []], stderr);
  const kills = Number(/^(\d+) kills$/m.exec(stdout)?.[1] ?? 0);
  console.log(`${kills} kills`);
  assert.ok(CHOSEN !== undefined || kills > 25);
}

for (const [caller, uid] of Object.entries({ root: 0, "an ordinary user": USER })) {
  rootTest(`a stage of ${caller} that is killed at a system call leaves nothing`, async () => {
    using node = await scene(uid);
    const launcher = `${node.path}/launcher`;
    Deno.writeFileSync(launcher, attachPlan(stage(), encodePlan(node.plan)), { mode: 0o755 });
    killed(node.path, "stage", String(uid), launcher, `${node.path}/log`);
  });
}

rootTest("root's launcher that is killed at a system call leaves nothing that ps does not clean", async () => {
  using node = await scene(0);
  const [plan, file] = [`${node.path}/plan.json`, `${node.path}/stage`];
  Deno.writeTextFileSync(plan, JSON.stringify(planToJson(node.plan)));
  Deno.writeFileSync(file, stage());
  killed(node.path, "launcher", plan, file, REDPAK);
});
