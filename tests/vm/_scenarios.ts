/** Tests that run in a guest: those of one machine share it. */
import assert from "node:assert/strict";
import { boot, type Guest, type GuestFiles, reasonToSkip } from "./_rig.ts";

export interface Machine extends Omit<Guest, "script"> {
  /** In this folder; each scenario of theirs becomes a test. */
  readonly scripts: readonly string[];
  /** Begins the names of the tests. */
  readonly name?: string;
  /** Why they are not run this time. */
  readonly skip?: string | undefined;
}

const read = (script: string) => Deno.readTextFileSync(new URL(script, import.meta.url));

/** @param prepare makes the machine's other files, where there can be a machine */
export async function testMachine(
  { scripts, name, skip, ...guest }: Machine,
  prepare: () => Promise<GuestFiles> = () => Promise.resolve({}),
): Promise<void> {
  const script = ["_library.sh", ...scripts].map(read).join("\n");
  const scenarios = [...script.matchAll(/^scenario "([^"]+)"/gm)].map((match) => match[1]!);
  const reason = skip ?? await reasonToSkip();
  if (reason !== undefined) console.log(`skipped: ${scenarios.length} scenarios of ${scripts.join(", ")}: ${reason}`);
  const lines = reason === undefined ? await boot({ ...guest, script, files: await prepare() }) : [];
  for (const scenario of scenarios) {
    Deno.test({
      name: name === undefined ? scenario : `${name}: ${scenario}`,
      ignore: reason !== undefined,
      fn() {
        const line = lines.find((line) => line === `ok ${scenario}` || line.startsWith(`not ok ${scenario}:`));
        assert.equal(line ?? `no result; the machine said last:\n${lines.slice(-20).join("\n")}`, `ok ${scenario}`);
      },
    });
  }
}
