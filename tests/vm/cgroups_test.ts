/** Limits of nodes in a machine with a pure version 2 tree: the scenarios of cgroups.sh. */
import assert from "node:assert/strict";
import { boot, reasonToSkip } from "./_rig.ts";

const SCRIPT = Deno.readTextFileSync(new URL("cgroups.sh", import.meta.url));
const scenarios = [...SCRIPT.matchAll(/^scenario "([^"]+)"/gm)].map((match) => match[1]!);

const reason = await reasonToSkip();
if (reason !== undefined) console.log(`skipped: ${scenarios.length} scenarios of control groups: ${reason}`);
/** One machine for all of them. */
const lines = reason === undefined ? await boot({}, SCRIPT) : [];

for (const name of scenarios) {
  Deno.test({
    name,
    ignore: reason !== undefined,
    fn() {
      const line = lines.find((line) => line.startsWith(`ok ${name}`) || line.startsWith(`not ok ${name}:`));
      assert.equal(line ?? `no result; the machine said last:\n${lines.slice(-20).join("\n")}`, `ok ${name}`);
    },
  });
}
