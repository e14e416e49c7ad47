/** What a program finds when it looks for a way out: the probe in a node with the default profile, once for each caller. */
import assert from "node:assert/strict";
import { isSince } from "../../src/plan/kernel_release.ts";
import { reasonAgainst } from "../system/_subordinate_ids.ts";
import { redpak } from "./_runners.ts";
import { CALLERS, type Finding, Scene, USER } from "./_scene.ts";
import { CATALOGUE, type Entry } from "./catalogue/catalogue.ts";

const KERNEL = Deno.readTextFileSync("/proc/sys/kernel/osrelease");
const OWNER = "a user with subordinate ids";
if (reasonAgainst !== undefined) console.log(`skipped: the probe, launched by ${OWNER}: ${reasonAgainst}`);

/** By caller; tests ask for the same ones. */
const launched = new Map<string, Promise<readonly Finding[]>>();

async function launch(uid: number, hasRanges: boolean): Promise<readonly Finding[]> {
  await using scene = await Scene.set(uid, hasRanges);
  return scene.run(redpak);
}

function findings(caller: string, uid: number): Promise<readonly Finding[]> {
  const found = launched.get(caller) ?? launch(uid, caller === OWNER);
  launched.set(caller, found);
  return found;
}

function known({ open = [], openBefore = {}, openToUsers = [], openWithoutRanges = [] }: Entry, caller: string) {
  const byKernel = Object.entries(openBefore).filter(([, [major, minor]]) => !isSince(KERNEL, major, minor));
  return [
    ...open,
    ...byKernel.map(([text]) => text),
    ...caller === "root" ? [] : openToUsers,
    ...caller === "a user" ? openWithoutRanges : [],
  ];
}

for (const entry of CATALOGUE) {
  const { id, attack, probed = false } = entry;
  if (!probed) continue;
  for (const [caller, uid] of Object.entries({ ...CALLERS, ...reasonAgainst === undefined ? { [OWNER]: USER } : {} })) {
    Deno.test(`${id} ${attack}, launched by ${caller}`, async () => {
      const tried = (await findings(caller, uid)).filter((finding) => finding.id === id);
      assert(tried.length > 0, "the probe has no such check");
      const holes = tried.filter(({ hole, text }) => hole && !known(entry, caller).includes(text));
      assert.deepEqual(holes.map(({ text }) => text), []);
    });
  }
}
