/** What a program finds when it looks for a way out: the probe in a node with the default profile, once for each caller. */
import assert from "node:assert/strict";
import { redpak } from "./_runners.ts";
import { CALLERS, type Finding, Scene } from "./_scene.ts";
import { CATALOGUE } from "./catalogue/catalogue.ts";

/** By caller; tests ask for the same ones. */
const launched = new Map<string, Promise<readonly Finding[]>>();

async function launch(uid: number): Promise<readonly Finding[]> {
  await using scene = await Scene.set(uid);
  return scene.run(redpak);
}

function findings(caller: string, uid: number): Promise<readonly Finding[]> {
  const found = launched.get(caller) ?? launch(uid);
  launched.set(caller, found);
  return found;
}

for (const { id, attack, probed = false, open = [], openToUsers = [] } of CATALOGUE) {
  if (!probed) continue;
  for (const [caller, uid] of Object.entries(CALLERS)) {
    Deno.test(`${id} ${attack}, launched by ${caller}`, async () => {
      const tried = (await findings(caller, uid)).filter((finding) => finding.id === id);
      assert(tried.length > 0, "the probe has no such check");
      const known = [...open, ...uid === 0 ? [] : openToUsers];
      const holes = tried.filter(({ hole, text }) => hole && !known.includes(text)).map(({ text }) => text);
      assert.deepEqual(holes, []);
    });
  }
}
