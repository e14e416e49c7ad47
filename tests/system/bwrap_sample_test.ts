import assert from "node:assert/strict";
import * as fc from "fast-check";
import { CANNOT_COMPARE, compareWithBwrap } from "./_bwrap_comparison.ts";
import { rootTest, Scratch } from "./_node.ts";
import { JOINABLE, OtherProcess } from "./_other_process.ts";
import { families, placeFamily } from "./_random_family.ts";
import { PROBE } from "./_sight.ts";

rootTest("the printed bubblewrap command gives a random node what redpak gives it", async () => {
  if (CANNOT_COMPARE !== undefined) return console.log(`skipped: ${CANNOT_COMPARE}`);
  await using other = await OtherProcess.start(JOINABLE);
  const others = JOINABLE.map((name) => other.id(name));
  const counted = { started: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(families, async (family) => {
      using scratch = new Scratch();
      const leaf = placeFamily(scratch, family, other.pid, { mode: "PrivateRestricted", mount: "/probe", path: PROBE });
      const via = ["bash", "-c", 'exec 9<"$0"; exec "$@"', `${scratch.path}/tree/file`];
      counted[await compareWithBwrap([leaf, "--compat"], { others, via }) ? "started" : "refused"]++;
    }),
    { numRuns: 40, seed: 1, endOnFailure: true },
  );
  assert.ok(counted.started > 25, JSON.stringify(counted));
});
