/** Many nodes at once: CROWD=500 for more of them, `CROWD_SEED` says in which order they come and go. */
import assert from "node:assert/strict";
import { runAlone } from "./_alone.ts";
import { REDPAK, rootTest, Scratch } from "./_node.ts";

const COUNT = Deno.env.get("CROWD") ?? "100";
const SEED = Deno.env.get("CROWD_SEED") ?? String(Math.floor(Math.random() * 2 ** 31));

rootTest("nodes of root and a user come and go in any order and way, ps is always right, and nothing is left", () => {
  using scratch = new Scratch();
  const { code, stdout, stderr } = runAlone("_crowd.ts", scratch.path, COUNT, "23457", SEED, scratch.path, REDPAK);
  const wrong = stdout.split("\n").filter((line) => line.startsWith("wrong: "));
  assert.deepEqual([code, wrong, stderr], [0, [], ""], `seed ${SEED}`);
  console.log(stdout.trimEnd());
});
