/** Hundreds of nodes at once: `CROWD` says how many, `CROWD_SEED` in which order they come and go. */
import assert from "node:assert/strict";
import { exec, REDPAK, rootTest, Scratch } from "./_node.ts";

const COUNT = Deno.env.get("CROWD") ?? "500";
const SEED = Deno.env.get("CROWD_SEED") ?? String(Math.floor(Math.random() * 2 ** 31));

rootTest("nodes of root and a user come and go in any order and way, ps is always right, and nothing is left", () => {
  using scratch = new Scratch();
  // A shell is PID 1, to reap. The scratch directory moves out of /tmp, which is empty and the test's own.
  const script = `mount --make-rprivate / && mount --bind "$1" /mnt && mount -t tmpfs run /run &&
    mount -t tmpfs -o mode=1777 tmp /tmp && shift && "$@"; exit`;
  const crowd = new URL("_crowd.ts", import.meta.url).pathname;
  const args = [Deno.execPath(), "run", "--no-check", "-A", crowd, COUNT, "23457", SEED, "/mnt", REDPAK];
  const { code, stdout, stderr } = exec("unshare", [
    ...["--pid", "--fork", "--mount-proc", "--mount", "sh", "-c", script, "sh", scratch.path, ...args],
  ]);
  const wrong = stdout.split("\n").filter((line) => line.startsWith("wrong: "));
  assert.deepEqual([code, wrong, stderr], [0, [], ""], `seed ${SEED}`);
  console.log(stdout.trimEnd());
});
