/**
 * One plan, two executors: TypeScript for the host phase and the stage for the rest, as `redpak run` by root, and the stage
 * alone. The same program must see the same sandbox.
 */
import assert from "node:assert/strict";
import { attachPlan } from "../../src/plan/attach_plan.ts";
import { encodePlan } from "../../src/plan/encode.ts";
import { planFromJson } from "../../src/plan/json.ts";
import { compile } from "./_compile.ts";
import { exec, REDPAK, redpak, rootTest, Scratch } from "./_node.ts";
import { stage, withoutCgroups } from "./_staged_node.ts";
import { fill, NODES, normalize, SHOW } from "./_surroundings.ts";

/** System calls that kernels lack, by name and number on x86_64. */
const KERNELS: Readonly<Record<string, readonly number[]>> = {
  "a current kernel": [],
  "Linux 5.6 to 5.11": [442],
  "Linux 4.19": [442, 437, 428, 429, 430, 431, 432, 436],
};

for (const [kernel, missing] of Object.entries(KERNELS)) {
  if (missing.length > 0 && Deno.build.arch !== "x86_64") continue;
  for (const [name, config] of Object.entries(NODES)) {
    // Only its stage can take a source there: the launcher refuses it.
    if (missing.length > 0 && name.includes("below")) continue;
    rootTest(`${kernel}: both executors make the same of ${name}`, async () => {
      using scratch = new Scratch();
      fill(scratch);
      const node = scratch.node("n", config(scratch.path));
      const enosys = missing.length === 0 ? [] : [await compile("enosys.c"), ...missing.map(String), "--"];
      const start = (program: string, ...args: string[]) => {
        const [command = "", ...rest] = [...enosys, program, ...args];
        return exec(command, rest, { cwd: "/", env: { A: "b" } });
      };

      // They have no id-mapped mounts.
      const compat = missing.length === 0 ? [] : ["--compat"];

      const first = start(REDPAK, "run", ...compat, node, "--", "sh", "-c", SHOW);
      assert.deepEqual([first.code, first.stderr], [0, ""]);
      const launcher = wholePlan(scratch, node, compat);
      const second = start("bash", "-c", 'exec -a redpak "$0"', launcher);
      assert.equal(second.stderr, first.stderr);
      assert.deepEqual(normalize(second.stdout).split("\n"), normalize(first.stdout).split("\n"));
      assert.ok(first.stdout.split("\n").length > 60);
    });
  }
}

/** A stage that carries the whole plan of a node, the outputs of its commands in their places. */
function wholePlan(scratch: Scratch, node: string, options: readonly string[]): string {
  const args = ["plan", ...options, node, "--format", "json", "--", "sh", "-c", SHOW];
  const json = redpak(args, { cwd: "/", env: { A: "b" } });
  assert.equal(json.code, 0, json.stderr);
  const plan = withoutCgroups(planFromJson(JSON.parse(json.stdout)));
  const operations = plan.operations.map((operation) =>
    operation.operation === "file" ? { ...operation, content: { text: "made\n" } } : operation
  );
  const file = `${scratch.path}/launcher`;
  Deno.writeFileSync(file, attachPlan(stage(), encodePlan({ ...plan, pending: [], operations })), { mode: 0o755 });
  return file;
}
