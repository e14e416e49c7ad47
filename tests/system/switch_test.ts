/** Launches while the content of their node is switched, and after a switch that something has stopped. */
import assert from "node:assert/strict";
import { libc } from "../../ffi/libc/libc.ts";
import { commit } from "../../src/packages/generation/commit.ts";
import { openLockedContent, withState } from "../../src/packages/generation/node_content.ts";
import { prepare } from "../../src/packages/generation/prepare.ts";
import { undo } from "../../src/packages/generation/undo.ts";
import { lockNode } from "../../src/store/lock_node.ts";
import { exec, PATH, REDPAK, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";

/** REDPAK_SWITCHES=1000 for more of them. */
const SWITCHES = Number(Deno.env.get("REDPAK_SWITCHES") ?? 40);
const UID = 61_235;

/** The same number is in two parts of usr, exported one by one, and in a file of etc. */
const FILES = ["usr/share/one", "usr/lib/two", "etc/three"];

function makeNode(scratch: Scratch): string {
  const exports = SYSTEM.trimEnd() + `
  - { mode: Restricted, mount: /one, path: $NODE_PATH/usr/share }
  - { mode: RestrictedFile, mount: /three, path: $NODE_PATH/etc/three }
  - { mode: Restricted, mount: /two, path: $NODE_PATH/usr/lib }
`;
  const node = scratch.node("n", exports + PATH);
  for (const file of FILES) scratch.file(`n/${file}`, "0");
  return node;
}

async function switchTo(node: string, number: number): Promise<void> {
  using lock = lockNode(node);
  using opened = openLockedContent(libc(), node, lock);
  using content = withState(opened);
  using staging = prepare(content, { paths: ["/etc/three"], isWritten: () => false });
  for (const file of FILES) {
    Deno.writeTextFileSync(`${staging.root}/new`, String(number));
    Deno.renameSync(`${staging.root}/new`, `${staging.root}/${file}`);
  }
  const { kept } = await commit(staging, { command: [], packages: [], time: 0 });
  assert.deepEqual(kept, []);
  // Undo is a switch like others.
  if (number % 10 === 0) await undo(content);
}

/** Notes what a program sees, started again and again until `isOver`. */
async function look(node: string, isOver: () => boolean, seen: string[], uid?: number): Promise<void> {
  while (!isOver()) {
    const { success, stdout, stderr } = await new Deno.Command(REDPAK, {
      args: ["run", node, "--", "sh", "-c", "cat /one/one; echo -n ' '; cat /two/two; echo -n ' '; cat /three"],
      stdin: "null",
      cwd: "/",
      ...uid === undefined ? {} : { uid, gid: uid },
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    seen.push(new TextDecoder().decode(stdout));
  }
}

for (const uid of [undefined, UID]) {
  const who = uid === undefined ? "root" : "another user";
  rootTest(
    `a program that ${who} starts sees all of its node from before a switch, or all of it from after`,
    async () => {
      using scratch = new Scratch();
      const node = makeNode(scratch);
      let isOver = false;
      const seen: string[] = [];
      const looking = Promise.all([1, 2].map(() => look(node, () => isOver, seen, uid)));
      // However slow launches are: a few have to meet different states.
      const states = () => new Set(seen).size;
      const most = 100 * SWITCHES;
      for (let number = 1; number <= SWITCHES || (states() <= 3 && number <= most); number++) {
        await switchTo(node, number);
        // A switch may wait for nothing, and then no launch that has ended would be followed by another.
        await new Promise((resolve) => setTimeout(resolve));
      }
      isOver = true;
      await looking;
      const mixed = seen.filter((numbers) => new Set(numbers.split(" ")).size !== 1);
      console.log(
        `${SWITCHES} switches, ${seen.length} launches by ${who}, ${mixed.length} mixed, ${states()} states`,
      );
      assert.deepEqual(mixed, []);
      assert.ok(states() > 3, "the launches saw no switch");
    },
  );
}

rootTest("a running program keeps the usr that it was started with", async () => {
  using scratch = new Scratch();
  const node = makeNode(scratch);
  const child = new Deno.Command(REDPAK, {
    args: ["run", node, "--", "sh", "-c", "echo ready; read line; cat /one/one"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assert.equal((await reader.read()).value, "ready\n");
  await switchTo(node, 1);
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("go\n"));
  await writer.close();
  assert.equal((await reader.read()).value, "0");
  await reader.cancel();
  await child.status;
  assert.equal(redpak(["run", node, "--", "cat", "/one/one"]).stdout, "1");
});

rootTest("a launch finishes a switch that was stopped, and who may not do that is told how", async () => {
  using scratch = new Scratch();
  const node = makeNode(scratch);
  await switchTo(node, 1);
  const [id] = [...Deno.readDirSync(`${node}/.redpak/generations`)].map(({ name }) => name);
  const file = `${node}/.redpak/commit.json`;
  // As it is when something has stopped an undo that was decided.
  Deno.writeTextFileSync(file, JSON.stringify({ version: 1, id, directory: `generations/${id}`, to: "before" }));
  const refused = redpak(["run", node, "--", "true"], { cwd: "/", uid: UID });
  assert.equal(refused.code, 7);
  assert.match(refused.stderr, /a transaction in it is not finished\n.*hint: redpak recover /s);
  assert.equal(redpak(["run", node, "--", "cat", "/one/one"]).stdout, "0");
  assert.equal(exec("ls", ["-A", `${node}/.redpak`]).stdout, "generations\n");
});

rootTest("who holds the lock without switching anything keeps no node from starting", () => {
  using scratch = new Scratch();
  const node = makeNode(scratch);
  const script = 'exec 9<"$1/etc"; flock -x 9; "$2" run "$1" -- echo started';
  assert.equal(exec("sh", ["-c", script, "sh", node, REDPAK]).stdout, "started\n");
});
