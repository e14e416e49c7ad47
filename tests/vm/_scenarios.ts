/** Shell scripts that run in a guest, each of their scenarios a test. */
import assert from "node:assert/strict";
import { boot, type GuestOptions, reasonToSkip } from "./_rig.ts";

const read = (file: string) => Deno.readTextFileSync(new URL(file, import.meta.url));

/** Boots one machine for all scenarios of a script, which are the lines `scenario "NAME" FUNCTION`. */
export async function testScenarios(file: string, options: GuestOptions = {}): Promise<void> {
  const script = read(file);
  const scenarios = [...script.matchAll(/^scenario "([^"]+)"/gm)].map((match) => match[1]!);
  const reason = await reasonToSkip();
  if (reason !== undefined) console.log(`skipped: ${scenarios.length} scenarios of ${file}: ${reason}`);
  const lines = reason === undefined ? await boot(read("_library.sh") + script, options) : [];
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
}
