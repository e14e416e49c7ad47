/** Scripts of packages that mean harm: to the host, to other nodes, to redpak itself. */
import assert from "node:assert/strict";
import { describeTree } from "../../src/packages/generation/_scene.ts";
import { exec } from "../system/_node.ts";
import { until } from "../system/_until.ts";
import type { Package } from "./_rpm.ts";
import { ScriptedScene, takeLog } from "./_scripted.ts";
import { apply, erase, install, packages } from "./_transaction.ts";

const scene = new ScriptedScene();
addEventListener("unload", () => scene[Symbol.dispose]());

let nodes = 0;
const newNode = (more?: string) => scene.scriptedNode(`node${nodes++}`, more);
const tree = (path: string) => describeTree(path, [".redpak", "usr/lib/sysimage", "usr/.redpak-generation"]);
const scripted = (name: string, scripts: Package["scripts"], more: Partial<Package> = {}) =>
  scene.build({ name, files: { [`/opt/${name}/f`]: { content: name } }, scripts: scripts ?? {}, ...more });

/** A node that would see the processes of the host. */
const config = (exports: string) => `${exports}config:\n  path: /usr/bin\n  share_pid: enabled\n`;

Deno.test("a script is confined as the node is, and writes nowhere but to what becomes the node's content [H04]", async () => {
  const shared = `${scene.path}/shared`;
  Deno.mkdirSync(shared);
  Deno.writeTextFileSync(`${shared}/theirs`, "theirs");
  Deno.chmodSync(shared, 0o777);
  const node = newNode(config(
    `  - { mode: Public, mount: /shared, path: ${shared} }\n  - { mode: Private, mount: /home, path: $NODE_PATH/home }\n`,
  ));
  Deno.mkdirSync(`${node}/home`, { mode: 0o777 });
  const victim = new Deno.Command("sleep", { args: ["600"] }).spawn();
  const outcomes = "/var/log/outcomes";
  const attempts: Record<string, string> = {
    "write to what is shared": "touch /shared/mine",
    "change what is shared": "echo mine >/shared/theirs",
    "write to the node's other files": "touch /home/mine",
    "write to the root directory": "touch /mine",
    "write to the kernel": "echo 1 >/proc/sys/kernel/core_pattern",
    "kill a process of the host": `kill -9 ${victim.pid}`,
    "see processes of the host": `test -d /proc/${victim.pid}`,
    "change the database": "touch /usr/lib/sysimage/rpm/mine",
    "decide about the node": "test -e /.rednode.yaml",
    "see the host": `ls ${scene.path}`,
  };
  const script = Object.entries(attempts).map(([what, command]) =>
    `if (${command}) 2>/dev/null; then echo "${what}"; fi >>${outcomes}`
  );
  const evil = scripted("evil", {
    post: { script: [...script, `id -u >>${outcomes}`, `cat /proc/self/status >/var/log/status`].join("\n") },
  });
  try {
    const { warnings } = await apply(node, [install(evil)]);
    assert.deepEqual(warnings, []);
    const written = Deno.readTextFileSync(`${node}${outcomes}`).trim().split("\n");
    // What it writes to its own root directory is in memory.
    assert.deepEqual(written.filter((line) => line !== "write to the root directory"), ["0"]);
    const status = Deno.readTextFileSync(`${node}/var/log/status`);
    assert.match(status, /^CapEff:\t0000000000000000$/m);
    assert.match(status, /^NoNewPrivs:\t1$/m);
    assert.match(status, /^Seccomp:\t2$/m);
    assert.deepEqual(Deno.readTextFileSync(`${shared}/theirs`), "theirs");
    assert.deepEqual([...Deno.readDirSync(shared)].map(({ name }) => name), ["theirs"]);
    assert.deepEqual([...Deno.readDirSync(`${node}/home`)], []);
    assert.equal(exec("kill", ["-0", String(victim.pid)]).code, 0, "the process of the host lives");
  } finally {
    victim.kill("SIGKILL");
    await victim.status;
  }
});

Deno.test("what gives rights to whoever starts it is not made by a script [H03]", async () => {
  const node = newNode();
  const before = tree(node);
  const attempts = ["chmod 4755 /usr/bin/busybox", "echo x >/usr/bin/su; chmod 6755 /usr/bin/su"];
  for (const [index, script] of attempts.entries()) {
    await assert.rejects(apply(node, [install(scripted(`rights${index}`, { post: { script } }))]), {
      code: "E_PACKAGE_PRIVILEGE",
      message: /a script has made "\/usr\/bin\/(?:busybox|su)", which gives rights/,
    });
  }
  assert.deepEqual(tree(node), before);
});

Deno.test("what decides about the node is not made by a script", async () => {
  const node = newNode();
  const before = tree(node);
  for (
    const [index, script] of ["echo x >/etc/redpak-admin.yaml", "mkdir -p /opt/child; echo x >/opt/child/.rednode.yaml"]
      .entries()
  ) {
    await assert.rejects(apply(node, [install(scripted(`decides${index}`, { post: { script } }))]), {
      code: "E_PROTECTED",
    });
  }
  assert.deepEqual(tree(node), before);
});

Deno.test("a script that puts links in the place of what redpak works on leads nobody astray", async () => {
  const outside = `${scene.path}/outside`;
  for (const directory of ["rpm", "etc", "sysimage/rpm"]) {
    Deno.mkdirSync(`${outside}/${directory}`, { recursive: true });
  }
  const untouched = tree(outside);
  const cases: Record<string, [script: string, code: string | undefined]> = {
    database: [`mv /usr/lib/sysimage /usr/lib/moved; ln -s ${outside}/sysimage /usr/lib/sysimage`, "E_SCRIPT_DATABASE"],
    library: [`mv /usr/lib /usr/moved; ln -s ${outside} /usr/lib`, "E_SCRIPT_DATABASE"],
    // librpm works in the staged root: the link leads nowhere there.
    files: [`mkdir -p /opt; rm -rf /opt/files; ln -s ${outside}/etc /opt/files`, "E_TRANSACTION"],
  };
  for (const [name, [script, code]] of Object.entries(cases)) {
    const node = newNode();
    const before = tree(node);
    await assert.rejects(apply(node, [install(scripted(name, { pre: { script } }))]), { code }, name);
    assert.deepEqual(tree(node), before, name);
    assert.deepEqual(tree(outside), untouched, name);
  }
});

Deno.test("a link that a script leaves for the next transaction leads nobody astray", async () => {
  const outside = `${scene.path}/etc-outside`;
  Deno.mkdirSync(outside);
  const node = newNode();
  await apply(node, [install(scripted("linking", { post: { script: `ln -s ${outside} /opt/next` } }))]);
  const next = scripted("next", { post: { script: "echo x >/opt/next/made" } });
  await apply(node, [install(next)]).catch((error) => assert.match(error.code, /^E_/));
  assert.deepEqual([...Deno.readDirSync(outside)], []);
});

Deno.test("triggers of a node are not set off by another, nor do they reach it [H05]", async () => {
  const parent = newNode();
  const child = scene.scriptedNode(`${parent.split("/").at(-1)}/child`);
  const watcher = scene.logging("watcher", "1", ["app"], "/opt/", { scripts: {} });
  const app = scene.logging("app", "1", [], undefined);
  await apply(parent, [install(watcher)]);
  takeLog(parent);
  await apply(child, [install(app)]);
  assert.deepEqual(takeLog(parent), []);
  assert.deepEqual(takeLog(child), ["pretrans app-1 1", "pre app-1 1", "post app-1 1", "posttrans app-1 1"]);
});

Deno.test("redpak that is killed while a script runs leaves the node as it was, and no process", async () => {
  const node = newNode();
  const before = tree(node);
  const marker = `redpak-killed-${crypto.randomUUID()}`;
  const slow = scripted("slow", {
    post: { script: `touch /usr/made; sh -c 'sleep 600; : ${marker}' & sleep 600; : ${marker}` },
  });
  const program = new URL("_apply.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", program, node, JSON.stringify([install(slow)])],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const running = () => exec("pgrep", ["-f", marker]).stdout;
  await until(() => running() !== "", () => "the script does not run");
  child.kill("SIGKILL");
  await child.status;
  await until(() => running() === "", () => `processes of the script go on: ${running()}`);
  assert.deepEqual(tree(node), before);
  assert.deepEqual(packages(node), []);
  await apply(node, [install(scripted("after", { post: { script: "touch /usr/after" } }))]);
  assert.deepEqual(packages(node), ["after-1-1.noarch"]);
  assert.equal(tree(node).some((line) => line.startsWith("usr/made")), false);
});

Deno.test("redpak that is killed between scripts leaves the node wholly before or wholly after", async () => {
  const node = newNode();
  const kinds = ["pretrans", "pre", "post", "posttrans"] as const;
  const writing = scripted(
    "writing",
    Object.fromEntries(kinds.map((kind) => [kind, { script: `touch /usr/${kind}` }])),
  );
  const before = tree(node);
  const program = new URL("_apply.ts", import.meta.url).pathname;
  // The messages of the worker: two of them, or all.
  const all = Deno.env.get("REDPAK_FAULTS") === "all";
  const points = all ? Array.from({ length: 12 }, (_, at) => at + 1) : [4, 6];
  const outcomes = { before: 0, after: 0 };
  for (const point of points) {
    await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--quiet", program, node, JSON.stringify([install(writing)]), String(point)],
      stdout: "null",
      stderr: "null",
    }).output();
    if (packages(node).length === 0) {
      assert.deepEqual(tree(node), before, `message ${point}`);
      outcomes.before++;
      continue;
    }
    outcomes.after++;
    for (const kind of kinds) assert(Deno.lstatSync(`${node}/usr/${kind}`).isFile, `message ${point}`);
    await apply(node, [erase(writing)]);
    break;
  }
  console.log(`killed at ${points.length} messages: ${outcomes.before} times before, ${outcomes.after} times after`);
  assert(outcomes.before > 0);
  assert.equal(outcomes.after > 0, all);
});

Deno.test("a script that says a lot, or nothing that is a text, is heard in part", async () => {
  const node = newNode();
  const loud = scripted("loud", {
    post: {
      script: "i=0; while test $i -lt 20000; do echo $i-0123456789; i=$((i+1)); done; echo -e '\\377\\033[31m'; exit 1",
    },
  });
  const { warnings } = await apply(node, [install(loud)]);
  const [said = ""] = warnings;
  assert(said.length < 10_000, `${said.length}`);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(said, /[\u0000-\u001f]/);
  await apply(node, [erase(loud)]);
});
