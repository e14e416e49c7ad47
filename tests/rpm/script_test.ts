/** Scripts, triggers and file triggers of packages are run in the node: what they write down is what rpm has them write down. */
import assert from "node:assert/strict";
import { compareVersions } from "../../ffi/librpm/compare_versions.ts";
import { RpmTransaction } from "../../ffi/librpm/rpm_transaction.ts";
import { Database } from "../../src/packages/database/database.ts";
import { formatNevra } from "../../src/packages/database/installed_package.ts";
import { readHistory } from "../../src/packages/generation/history.ts";
import { describeTree, withNode } from "../../src/packages/generation/_scene.ts";
import { undo } from "../../src/packages/generation/undo.ts";
import { packageScripts } from "../../src/packages/scripts/package_scripts.ts";
import { callsOf, scheduleScripts } from "../../src/packages/scripts/schedule.ts";
import { RedpakError } from "../../src/core/error.ts";
import type { TransactionHost } from "../../src/packages/transaction/job.ts";
import { validate } from "../system/_document.ts";
import { exec, redpak, rootTest } from "../system/_node.ts";
import { until } from "../system/_until.ts";
import type { Package } from "./_rpm.ts";
import { LOG, rpm, ScriptedScene, takeLog } from "./_scripted.ts";
import { apply, type Built, erase, HOST, install, packages, upgrade } from "./_transaction.ts";

const scene = new ScriptedScene();
addEventListener("unload", () => scene[Symbol.dispose]());

let nodes = 0;
const newNode = (more?: string) => scene.scriptedNode(`node${nodes++}`, more);
const tree = (node: string) => describeTree(node, [".redpak", "usr/lib/sysimage", "usr/.redpak-generation"]);

const A1 = scene.logging("aa", "1", ["bb"], "/opt/bb");
const A2 = scene.logging("aa", "2", ["bb >= 2"], "/opt/bb/");
const B1 = scene.logging("bb", "1", ["aa", "cc < 2"], "/opt/aa/");
const B2 = scene.logging("bb", "2", ["aa = 2", "bb"], "/opt/aa/d /opt/cc");
const C1 = scene.logging("cc", "1", ["aa, bb"], undefined);

/** What is scheduled, as the packages would write it down. */
function predict(root: string, added: readonly Built[], removed: readonly Built[]): string[] {
  using database = Database.ofNode(root);
  const installed = database?.map((header) => packageScripts(header, true)) ?? [];
  using transaction = new RpmTransaction(root, "/usr/lib/sysimage/rpm");
  using headers = new DisposableStack();
  const arrivals = added.map(({ file }, index) => {
    const header = headers.use(transaction.readPackage(file));
    transaction.install(header, index + 1, true);
    return packageScripts(header, true);
  });
  for (const { name } of removed) transaction.erase(name, () => true);
  transaction.order();
  const elements = transaction.elements().map(({ kind, name, evr }) => ({
    kind,
    scripts: (kind === "added" ? arrivals : installed).find(({ package: one }) =>
      one.name === name && one.evr === evr.replace(/^0:/, "")
    )!,
    replaces: kind === "added" && installed.some((one) => one.package.name === name),
  }));
  return callsOf(scheduleScripts(installed, elements, compareVersions)).map(({ kind, package: nevra, ...call }) =>
    [kind.slice(1), formatNevra(nevra).replace(/-1\.noarch$/, ""), ...call.arguments, ...call.input].join(" ")
  );
}

Deno.test("scripts and triggers are scheduled as rpm runs them, with its arguments and paths", () => {
  const root = scene.root("rpm");
  const steps: [readonly Built[], readonly Built[]][] = [
    [[A1], []],
    [[B1], []],
    [[A2, B2], []],
    [[C1], []],
    [[], [A2]],
    [[A1], []],
    [[], [A1, B2, C1]],
    [[A1, B1, C1], []],
    [[B2], []],
  ];
  const counts = steps.map(([added, removed], step) => {
    const expected = predict(root, added, removed);
    if (added.length > 0) rpm(root, "-U", ...added.map(({ file }) => file));
    else rpm(root, "-e", ...removed.map(({ name }) => name));
    assert.deepEqual(expected, takeLog(root), `step ${step}`);
    return expected.length;
  });
  const total = counts.reduce((sum, count) => sum + count, 0);
  console.log(`${total} scripts and triggers in ${steps.length} transactions`);
  assert(total > 100);
});

const WATCHER = scene.logging("watcher", "1", ["app"], "/opt/app/", { scripts: {} });
const APP = scene.logging("app", "1", [], undefined);
const APP_2 = scene.logging("app", "2", [], undefined);

Deno.test("a transaction runs them in the node, at their moments: the same is written down as by rpm", async () => {
  const [node, root] = [newNode(), scene.root("beside")];
  await apply(node, [install(WATCHER), install(APP)]);
  rpm(root, "-U", WATCHER.file, APP.file);
  assert.deepEqual(takeLog(node), takeLog(root));
  await apply(node, [upgrade(APP_2, APP)]);
  rpm(root, "-U", APP_2.file);
  assert.deepEqual(takeLog(node), takeLog(root));
  await apply(node, [erase(APP_2)]);
  rpm(root, "-e", "app");
  assert.deepEqual(takeLog(node), takeLog(root));
  assert.deepEqual(packages(node), ["watcher-1-1.noarch"]);
});

const scripted = (name: string, scripts: Package["scripts"], more: Partial<Package> = {}) =>
  scene.build({ name, files: { [`/opt/${name}/f`]: { content: "content" } }, scripts: scripts ?? {}, ...more });

Deno.test("a script that decides about its package refuses the whole transaction: nothing is changed", async () => {
  const node = newNode();
  const plain = scene.build({ name: "plain" });
  await apply(node, [install(plain)]);
  const veto = scripted("veto", { pre: { script: `echo kept away >&2; touch /etc/made /usr/made; exit 3` } });
  const before = tree(node);
  await assert.rejects(
    apply(node, [install(scripted("fine", { pre: { script: "touch /usr/fine" } })), install(veto)]),
    {
      code: "E_SCRIPT_FAILED",
      message: "Cannot change the packages: %pre of veto-1-1.noarch failed: exit status 3",
      hints: ["it said: kept away", "nothing has been changed"],
    },
  );
  assert.deepEqual(tree(node), before);
  assert.deepEqual(packages(node), ["plain-1-1.noarch"]);

  const stays = scripted("stays", { preun: { script: "kill -9 $$" } });
  await apply(node, [install(stays)]);
  const installed = tree(node);
  await assert.rejects(apply(node, [erase(stays)]), { code: "E_SCRIPT_FAILED", message: /%preun of .*signal 9/ });
  assert.deepEqual(tree(node), installed);
});

Deno.test("another script that fails is a warning, and what it said is in the history", async () => {
  const node = newNode();
  const failing = scripted("failing", { post: { script: "echo one; echo two >&2; exit 1" } });
  const { warnings } = await apply(node, [install(failing)]);
  assert.match(warnings.join(), /%post of failing-1-1\.noarch failed: exit status 1: (?:one; two|two; one)/);
  assert.deepEqual(packages(node), ["failing-1-1.noarch"]);
  const [entry] = await withNode(node, readHistory);
  const [script] = entry!.record.scripts ?? [];
  assert.deepEqual([script?.package, script?.kind, script?.status], ["failing-1-1.noarch", "%post", "exit status 1"]);
});

Deno.test("what a script makes and changes is part of the transaction, and undo takes all of it back", async () => {
  const node = newNode();
  Deno.writeTextFileSync(`${node}/etc/list`, "one\n");
  Deno.writeTextFileSync(`${node}/usr/share-list`, "one\n");
  const before = tree(node);
  const writing = scripted("writing", {
    post: {
      script: "for f in /etc/list /usr/share-list; do echo two >>$f; done; mkdir -p /var/lib/x; touch /var/lib/x/y",
    },
  });
  await apply(node, [install(writing)]);
  assert.equal(Deno.readTextFileSync(`${node}/etc/list`), "one\ntwo\n");
  assert.equal(Deno.readTextFileSync(`${node}/usr/share-list`), "one\ntwo\n");
  assert(Deno.lstatSync(`${node}/var/lib/x/y`).isFile);
  await withNode(node, (content) => undo(content));
  assert.deepEqual(tree(node).filter((line) => !line.startsWith("var/lib")), before);
});

Deno.test("a script is run as rpm runs it: its interpreter with its arguments, in /, with nothing on standard input", async () => {
  const node = newNode();
  const how = scripted("how", {
    pre: { program: `"/usr/bin/sh -e"`, script: `pwd >${LOG}; cat >>${LOG}; umask >>${LOG}; false; echo not >>${LOG}` },
  });
  await assert.rejects(apply(node, [install(how)]), { code: "E_SCRIPT_FAILED" });
  const other = scripted("other", {
    pre: { script: `pwd >>${LOG}; cat >>${LOG}; umask >>${LOG}; echo "$#" >>${LOG}` },
    post: { program: `"/usr/bin/touch /var/log/made"`, script: "" },
  }, { preamble: ["Prefix: /opt"] });
  await apply(node, [install(other)]);
  assert.deepEqual(takeLog(node), ["/", "0022", "1"]);
  assert(Deno.lstatSync(`${node}/var/log/made`).isFile);
});

Deno.test("what redpak does not run is refused before anything is done, with a way out", async () => {
  const node = newNode();
  const lua = scripted("lua", { pretrans: { program: "<lua>", script: "print('x')" } });
  const template = scripted("template", { post: { program: "/bin/sh -e", script: "echo %%(id)" } });
  const missing = scripted("missing", {
    pre: { program: "/opt/nowhere/perl", script: "1" },
    post: { program: "/opt/nowhere/python", script: "1" },
  });
  const before = tree(node);
  await assert.rejects(apply(node, [install(lua)]), {
    code: "E_SCRIPTS",
    message: /%pretrans of lua-1-1.noarch is in Lua/,
  });
  await assert.rejects(apply(node, [install(template)]), { code: "E_SCRIPTS", message: /is a template/ });
  const asked: string[] = [];
  const idle: TransactionHost = { ...HOST, runWorker: (job) => Promise.reject(asked.push(job)) };
  await assert.rejects(apply(node, [install(missing)], {}, idle), (error) => {
    assert(error instanceof RedpakError && error.code === "E_SCRIPT_INTERPRETER");
    assert.match(
      error.message,
      /%pre of missing-1-1.noarch is run by "\/opt\/nowhere\/perl", which the node does not show/,
    );
    assert.match(error.hints.join(), /--no-scripts/);
    assert.match(error.problems.map(({ message }) => message).join(), /%post .*python/);
    return true;
  });
  assert.deepEqual(asked, []);
  assert.deepEqual(tree(node), before);
  await apply(node, [install(lua), install(template), install(missing)], { noScripts: true });
  assert.equal(packages(node).length, 3);
});

Deno.test("an interpreter can come with the packages, behind links of theirs", async () => {
  const node = newNode();
  const tool = scene.build({
    name: "tool",
    files: {
      "/opt/tool/bin/run": { content: `#!/bin/sh\nsh "$1" >>${LOG}\n`, mode: 0o755 },
      "/opt/tool/default": { link: "bin/run" },
      "/opt/run": { link: "/opt/tool/default" },
    },
  });
  const user = scripted("user", { posttrans: { program: "/opt/run", script: "echo run by a tool" } });
  await apply(node, [install(tool), install(user)]);
  assert.deepEqual(takeLog(node), ["run by a tool"]);
});

Deno.test("a script that does not end is killed, with everything that it has started, and nothing is changed", async () => {
  const node = newNode();
  const marker = `redpak-sleeper-${crypto.randomUUID()}`;
  const slow = scripted("slow", {
    post: { script: `sh -c 'sleep 600; : ${marker}' & echo started; sleep 600; : ${marker}` },
  });
  const before = tree(node);
  await assert.rejects(apply(node, [install(slow)], { scriptTimeout: 3_000 }), {
    code: "E_SCRIPT_TIME",
    message: /%post of slow-1-1.noarch did not end within 3 s/,
    hints: ["it said: started", "--script-timeout 6 gives it more time", "nothing has been changed"],
  });
  const running = () => exec("pgrep", ["-f", marker]).stdout;
  await until(() => running() === "", () => `processes of the script go on: ${running()}`);
  assert.deepEqual(tree(node), before);
});

Deno.test("a background process of a script ends with it", async () => {
  const node = newNode();
  const marker = `redpak-daemon-${crypto.randomUUID()}`;
  await apply(node, [
    install(scripted("daemon", { post: { script: `sh -c 'sleep 600; : ${marker}' >/dev/null 2>&1 &` } })),
  ]);
  const running = () => exec("pgrep", ["-f", marker]).stdout;
  await until(() => running() === "", () => `processes of the script go on: ${running()}`);
  assert.deepEqual(packages(node), ["daemon-1-1.noarch"]);
});

rootTest("the commands run scripts in a node of the templates, and say what has failed", () => {
  const top = `${scene.path}/family`;
  const leaf = `${top}/leaf`;
  for (const [path, template] of [[top, "root"], [leaf, "leaf"]] as const) {
    assert.equal(redpak(["create", path, "--template", template, "--alias", template]).code, 0);
    const file = `${path}/etc/redpak.yaml`;
    Deno.writeTextFileSync(file, Deno.readTextFileSync(file).replace("gpgcheck: true", "gpgcheck: false"));
  }
  const shell = scene.build({ name: "shell", provides: ["/bin/sh"], files: {} });
  const talking = scripted("talking", {
    post: { script: "echo hello; touch /nodes/leaf/usr/made" },
    postun: { script: "echo sorry; exit 3" },
  });
  const change = (...args: string[]) => {
    const result = redpak([...args, "--yes", ...args[0] === "install" ? ["--no-gpgcheck"] : []]);
    assert.equal(result.code, 0, result.stderr);
    return result.stderr;
  };
  change("install", top, shell.file);
  change("install", leaf, talking.file);
  assert(Deno.lstatSync(`${leaf}/usr/made`).isFile);
  assert.match(change("remove", leaf, "talking"), /%postun of talking-1-1\.noarch failed: exit status 3: sorry/);
  assert.match(
    redpak(["history", leaf]).stdout,
    /\n2 .* remove talking\n {2}%postun of talking-1-1\.noarch: exit status 3: sorry\n1 .*\n {2}%post .*: done: hello\n$/,
  );
  const history = redpak(["history", leaf, "--json"]);
  const document = JSON.parse(history.stdout);
  validate(document);
  assert.deepEqual(
    document.data.transactions.flatMap(({ scripts }: { scripts: readonly unknown[] }) => scripts),
    [
      { package: "talking-1-1.noarch", kind: "%postun", status: "exit status 3", output: "sorry" },
      { package: "talking-1-1.noarch", kind: "%post", status: "done", output: "hello" },
    ],
  );
});
