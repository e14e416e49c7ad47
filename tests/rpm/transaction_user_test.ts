/** An ordinary user changes the packages of a node of their own. */
import assert from "node:assert/strict";
import { describeTree } from "../../src/packages/generation/_scene.ts";
import { exec, isRoot, REDPAK } from "../system/_node.ts";
import { until } from "../system/_until.ts";
import { ScriptedScene, takeLog } from "./_scripted.ts";
import { type Built, erase, install, upgrade } from "./_transaction.ts";

const UID = isRoot ? 61_234 : Deno.uid()!;
const scene = new ScriptedScene();
addEventListener("unload", () => scene[Symbol.dispose]());

/** The program in one file: another user has neither this checkout nor its cache. */
const PROGRAM = `${scene.path}/apply.js`;
const bundled = exec(Deno.execPath(), [
  "bundle",
  "--quiet",
  "-o",
  PROGRAM,
  new URL("_apply.ts", import.meta.url).pathname,
]);
assert.equal(bundled.code, 0, bundled.stderr);
Deno.chmodSync(scene.path, 0o755);

function applyAs(node: string, steps: readonly unknown[], ...more: string[]) {
  return exec(Deno.execPath(), ["run", "--quiet", "--no-check", "-A", PROGRAM, node, JSON.stringify(steps), ...more], {
    uid: UID,
    cwd: "/",
    env: { DENO_DIR: `${node}/../deno`, HOME: "/", REDPAK },
  });
}

let nodes = 0;
function newNode(): string {
  const family = `user${nodes++}`;
  const node = scene.node(`${family}/node`);
  exec("chown", ["-R", `${UID}:${UID}`, `${scene.path}/${family}`]);
  return node;
}

const built = (version: string): Built =>
  scene.build({
    name: "app",
    version,
    files: { "/usr/bin/app": { content: version, mode: 0o755 }, "/opt/app": { directory: true }, "/opt/app/x": {} },
  });

Deno.test("installs, updates and erases packages: their files are the user's", () => {
  const node = newNode();
  const [one, two] = [built("1"), built("2")];
  assert.equal(applyAs(node, [install(one)]).stdout, "app-1-1.noarch\n");
  const updated = applyAs(node, [upgrade(two, one)]);
  assert.equal(updated.stdout, "app-2-1.noarch\n", updated.stderr);
  const strangers = describeTree(node, []).filter((line) => !line.includes(` ${UID}:${UID} `));
  assert.deepEqual(strangers, []);
  assert.equal(Deno.readTextFileSync(`${node}/usr/bin/app`), "2");
  assert.equal(applyAs(node, [erase(two)]).stdout, "\n");
});

Deno.test("files of others are refused: nobody but root can give files away", () => {
  const node = newNode();
  const owned = scene.build({ name: "owned", files: { "/usr/share/x": { owner: "daemon" } } });
  const { code, stderr } = applyAs(node, [install(owned)]);
  assert.notEqual(code, 0);
  assert.match(stderr, /its file "\/usr\/share\/x" belongs to daemon:root, and only root can give files away/);
});

Deno.test("scripts are run in the node, without a right that the user has not, and vetoes hold", () => {
  const family = `user${nodes++}`;
  Deno.mkdirSync(`${scene.path}/${family}`);
  const node = scene.scriptedNode(`${family}/node`);
  exec("chown", ["-R", `${UID}:${UID}`, `${scene.path}/${family}`]);
  const watcher = scene.logging("watcher", "1", ["app"], "/opt/app/", { scripts: {} });
  const app = scene.logging("app", "1", [], undefined);
  const installed = applyAs(node, [install(watcher), install(app)]);
  assert.equal(installed.stdout, "app-1-1.noarch watcher-1-1.noarch\n", installed.stderr);
  // librpm installs them in an order of its own.
  assert.deepEqual(takeLog(node).map((line) => line.split(" ")[0]).sort(), [
    "filetriggerin",
    "post",
    "posttrans",
    "pre",
    "pretrans",
    "transfiletriggerin",
    "triggerin",
    "triggerprein",
  ]);
  const strangers = describeTree(node, []).filter((line) => !line.includes(` ${UID}:${UID} `));
  assert.deepEqual(strangers, []);
  const veto = scene.build({ name: "veto", scripts: { pre: { script: "touch /usr/made; exit 1" } } });
  const refused = applyAs(node, [install(veto)]);
  assert.match(refused.stderr, /%pre of veto-1-1\.noarch failed: exit status 1/);
  assert.throws(() => Deno.lstatSync(`${node}/usr/made`), Deno.errors.NotFound);
});

Deno.test("the process of librpm goes with the command that is killed", async () => {
  const node = newNode();
  const { signal } = applyAs(node, [install(built("1"))], "1");
  assert.equal(signal, "SIGKILL");
  const workers = () => exec("pgrep", ["-f", `${REDPAK} transact`]).stdout;
  await until(() => workers() === "", () => `the process of librpm goes on: ${workers()}`);
  const { stdout, stderr } = applyAs(node, [install(built("1"))]);
  assert.equal(stdout, "app-1-1.noarch\n", stderr);
});
