/** Packages are installed, changed and erased for good, by librpm in the built binary: what redpak and rpm find afterwards. */
import assert from "node:assert/strict";
import { holdersOf } from "../../src/packages/database/holders.ts";
import { describeTree, isRoot, withNode } from "../../src/packages/generation/_scene.ts";
import { collect } from "../../src/packages/generation/collect.ts";
import { undo } from "../../src/packages/generation/undo.ts";
import { transactionHost } from "../../src/cli/transaction_host.ts";
import type { TransactionProgress } from "../../src/packages/transaction/job.ts";
import { exec, PATH, REDPAK, redpak, SYSTEM } from "../system/_node.ts";
import { recordInstalled } from "./_rpm.ts";
import {
  apply,
  erase,
  HOST,
  install,
  packages,
  PackageScene,
  rpmPackages,
  signedWith,
  step,
  upgrade,
} from "./_transaction.ts";
import { Signer } from "./_signer.ts";

const scene = new PackageScene();
addEventListener("unload", () => scene[Symbol.dispose]());

const CONFIG = "/etc/app.conf";
const app = (version: string) =>
  scene.build({
    name: "app",
    version,
    files: {
      "/usr/bin/app": { content: `app ${version}`, mode: 0o755 },
      "/usr/lib/app": { link: "app.d" },
      [CONFIG]: { content: `default ${version}`, config: "noreplace" },
    },
  });
const APP = app("1");
const APP_2 = app("2");
const LIB = scene.build({ name: "lib" });

let nodes = 0;
const newNode = (files?: Readonly<Record<string, string>>) => scene.node(`node${nodes++}`, files);

/** The files of a node without what redpak and rpm keep for themselves. */
function files(node: string): string[] {
  return describeTree(node, [".redpak", ".rednode.yaml", "usr/lib/sysimage", "usr/.redpak-generation"])
    .map((line) => line.replace(/ \d+:\d+ \d*\.?\d* /, " "));
}

const text = (path: string) => Deno.readTextFileSync(path);

Deno.test("what is installed is in the node, in its database, and found by rpm where redpak 2.5 has the database", async () => {
  const node = newNode();
  const progress: TransactionProgress[] = [];
  const { record } = await apply(node, [install(APP), install(LIB)], {}, {
    ...HOST,
    report: (one) => void progress.push(one),
  });
  assert.deepEqual(packages(node), ["app-1-1.noarch", "lib-1-1.noarch"]);
  assert.deepEqual(rpmPackages(node), ["app-1-1.noarch", "lib-1-1.noarch"]);
  assert.equal(exec("rpm", ["--root", node, "--dbpath", "/var/lib/rpm", "-Va"]).stdout, "");
  assert.equal(Deno.readLinkSync(`${node}/var/lib/rpm`), "../../usr/lib/sysimage/rpm");
  assert.deepEqual(record.packages.map((one) => (one as { kind: string }).kind), ["install", "install"]);
  assert.deepEqual(
    progress.map(({ kind, number, total }) => `${kind} ${number}/${total}`),
    ["verify 1/2", "verify 2/2", "install 1/2", "install 2/2"],
  );
});

Deno.test("an edited configuration file stays: beside it is the new one, and after its package it is kept", async () => {
  const node = newNode();
  await apply(node, [install(APP)]);
  Deno.writeTextFileSync(node + CONFIG, "mine");
  const { warnings } = await apply(node, [upgrade(APP_2, APP)]);
  assert.deepEqual(packages(node), ["app-2-1.noarch"]);
  assert.equal(text(`${node}/usr/bin/app`), "app 2");
  assert.equal(text(node + CONFIG), "mine");
  assert.equal(text(`${node}${CONFIG}.rpmnew`), "default 2");
  assert.match(warnings.join(), /app\.conf created as \/etc\/app\.conf\.rpmnew/);
  await apply(node, [erase(APP_2)]);
  assert.deepEqual(packages(node), []);
  assert.equal(text(`${node}${CONFIG}.rpmsave`), "mine");
  assert.throws(() => Deno.lstatSync(`${node}/usr/lib/app`), Deno.errors.NotFound);
});

Deno.test("undo leads back to what was there before", async () => {
  const node = newNode();
  await apply(node, [install(APP)]);
  const before = files(node);
  await apply(node, [upgrade(APP_2, APP), install(LIB)]);
  assert.notDeepEqual(files(node), before);
  await withNode(node, (content) => undo(content));
  assert.deepEqual(files(node), before);
  assert.deepEqual(rpmPackages(node), ["app-1-1.noarch"]);
});

Deno.test("older versions, the same version once more, and what takes the place of another package", async () => {
  const node = newNode();
  const other = scene.build({ name: "other", obsoletes: ["app"], files: { "/usr/bin/app": { content: "other" } } });
  await apply(node, [install(APP_2)]);
  await apply(node, [step("downgrade", APP, [APP_2])]);
  assert.deepEqual(packages(node), ["app-1-1.noarch"]);
  Deno.removeSync(`${node}/usr/bin/app`);
  await apply(node, [step("reinstall", APP, [APP])]);
  assert.equal(text(`${node}/usr/bin/app`), "app 1");
  await apply(node, [step("obsoletes", other, [APP])]);
  assert.deepEqual(packages(node), ["other-1-1.noarch"]);
  assert.equal(text(`${node}/usr/bin/app`), "other");
});

Deno.test("rpm in a node that was made from a template lists the node's packages, and cannot change them [H20]", async () => {
  const top = `${scene.path}/templates`;
  const leaf = `${top}/leaf`;
  assert.equal(redpak(["create", top, "--template", "root"]).code, 0);
  assert.equal(redpak(["create", leaf]).code, 0);
  await apply(leaf, [install(LIB)]);
  const run = (...command: string[]) => redpak(["run", leaf, "-q", "--", ...command], { cwd: "/" });
  const { stdout, stderr } = run("rpm", "--dbpath", "/var/lib/rpm", "-qa");
  assert.equal(stdout, "lib-1-1.noarch\n", stderr);
  assert.match(run("touch", "/var/lib/rpm/rpmdb.sqlite").stderr, /Read-only file system/);
});

Deno.test("a database where redpak 2.5 has it moves to the programs, and undo brings it back", async () => {
  const node = newNode();
  recordInstalled(node, [LIB.file], "var/lib/rpm");
  await apply(node, [install(APP)]);
  assert.deepEqual(rpmPackages(node), ["app-1-1.noarch", "lib-1-1.noarch"]);
  assert.equal(Deno.readLinkSync(`${node}/var/lib/rpm`), "../../usr/lib/sysimage/rpm");
  await withNode(node, (content) => undo(content));
  assert(Deno.lstatSync(`${node}/var/lib/rpm`).isDirectory);
  assert.deepEqual(rpmPackages(node), ["lib-1-1.noarch"]);
});

Deno.test("a package has to be signed with a key that counts for it", async () => {
  using signer = new Signer();
  const signed = signer.sign(scene.build({ name: "signed" }));
  const node = newNode();
  const before = files(node);
  const trust = signedWith(...signer.keys("first"));
  for (
    const [what, job, expected] of [
      ["unsigned", install(LIB, trust), /no signature/],
      ["signed with another key", install(signer.sign(scene.build({ name: "strange" }), "second"), trust), /./],
      ["no key at all", install(signed, signedWith()), /./],
      ["nobody has said whose signature counts", { ...install(LIB), trust: undefined }, /no signature/],
    ] as const
  ) {
    const { trust: _, ...rest } = job;
    const wanted = job.trust === undefined ? rest : { ...rest, trust: job.trust };
    await assert.rejects(apply(node, [wanted]), { code: "E_PACKAGE_SIGNATURE", message: expected }, what);
  }
  assert.deepEqual(files(node), before);
  await apply(node, [install(signed, trust), install(LIB)]);
  assert.deepEqual(packages(node), ["lib-1-1.noarch", "signed-1-1.noarch"]);
  const strange = signer.sign(scene.build({ name: "strange" }), "second");
  await assert.rejects(
    apply(node, [
      install(strange, trust),
      install(signer.sign(scene.build({ name: "x" })), signedWith(...signer.keys("second"))),
    ]),
    { code: "E_PACKAGE_SIGNATURE" },
    "keys count for what they are said to count for, and for nothing else in the transaction",
  );
});

Deno.test("a signature that anybody could have made, or whose key has expired, counts for nothing [H09]", async () => {
  using signer = new Signer();
  const node = newNode();
  const trust = signedWith(...["first", "short"].flatMap((name) => signer.keys(name)));
  const weak = (name: string, key: string, digest: string) => signer.sign(scene.build({ name }), key, digest);
  for (
    const [one, options, message] of [
      [weak("sha1", "first", "sha1"), {}, /digest that can be forged/],
      [weak("short", "short", "sha256"), {}, /short RSA key/],
      [weak("late", "first", "sha256"), { time: Date.now() + 2 * 365 * 86_400_000 }, /late-1-1/],
    ] as const
  ) {
    await assert.rejects(apply(node, [install(one, trust)], options), { code: "E_PACKAGE_SIGNATURE", message });
  }
  await apply(node, [install(weak("strong", "first", "sha512"), trust)]);
  assert.deepEqual(packages(node), ["strong-1-1.noarch"]);
});

Deno.test("what somebody has configured for rpm at home is not even looked for [H19]", async () => {
  const node = newNode();
  const log = `${scene.path}/opened`;
  const args = ["-f", "-qq", "-e", "trace=%file", "-o", log, REDPAK];
  await apply(node, [install(APP)], {}, transactionHost({ program: { path: "strace", args } }));
  const opened = text(log);
  assert.match(opened, /"\/usr\/lib\/rpm\/macros"/, "strace shows what librpm reads");
  const homes = opened.split("\n").filter((line) => /rpmmacros|\.rpmrc|config\/rpm/.test(line));
  assert.deepEqual(homes.filter((line) => !line.includes("/proc/self/task/")), []);
  assert.equal(exec("sh", ["-c", "echo $HOME"]).stdout.trim(), Deno.env.get("HOME") ?? "", "only librpm is told so");
  // Nor does a macro of the host's run anything: the database is where it is said to be.
  assert.deepEqual(opened.split("\n").filter((line) => /execve\(.*(?:bash|"sh")/.test(line)), []);
});

Deno.test("a file's owner is whom the node, then its ancestors, then the package call by that name", {
  ignore: !isRoot,
}, async () => {
  const parent = newNode({ "etc/passwd": "web:x:801:802::/:/bin/sh\nboth:x:1:1::/:/\n", "etc/group": "web:x:803:\n" });
  const node = scene.node(`${parent.split("/").at(-1)}/child`, { "etc/passwd": "both:x:900:900::/:/\n" });
  const owned = scene.build({
    name: "owned",
    provides: [`user(own) = ${btoa("u own 950 - ")}`, `group(own) = ${btoa("g own  951  ")}`],
    files: {
      "/usr/share/web": { content: "", owner: "web", group: "web" },
      "/usr/share/both": { directory: true, owner: "both", mode: 0o750 },
      "/usr/share/own": { link: "web", owner: "own", group: "own" },
      "/srv/set": { content: "", owner: "web", mode: 0o4755 },
      "/srv/able": { content: "", owner: "web", mode: 0o755, capabilities: "cap_net_raw=ep" },
    },
  });
  const { warnings } = await apply(node, [install(owned)], {
    ancestors: holdersOf([parent]),
    allowed: ["setuid", "capabilities"],
  });
  assert.deepEqual(warnings, []);
  const { uid, gid } = Deno.lstatSync(`${node}/usr/share/web`);
  assert.deepEqual([uid, gid], [801, 803]);
  assert.equal(Deno.lstatSync(`${node}/usr/share/both`).uid, 900);
  assert.equal(Deno.lstatSync(`${node}/usr/share/own`).uid, 950);
  const set = Deno.lstatSync(`${node}/srv/set`);
  assert.deepEqual([set.uid, set.mode! & 0o7777], [801, 0o4755]);
  assert.match(exec("getcap", [`${node}/srv/able`]).stdout, /cap_net_raw=ep/);
});

Deno.test("a file of somebody whom nobody knows is not made root's [H22]", async () => {
  const node = newNode({ "etc/passwd": "daemon:x:-1:1::/:/\ndaemon2:x:5:5::/:/\n" });
  const owned = scene.build({ name: "nobodys", files: { "/usr/share/x": { content: "", owner: "daemon" } } });
  await assert.rejects(apply(node, [install(owned)]), { code: "E_PACKAGE_OWNER", message: /nobodys-1-1.*"daemon"/ });
});

Deno.test("a file of an ancestor or a descendant is nobody else's, unless it is the same [H18]", async () => {
  const parent = newNode();
  const child = scene.node(`${parent.split("/").at(-1)}/child`);
  const other = scene.build({ name: "shell", files: { "/usr/bin/app": { content: "evil", mode: 0o755 } } });
  const same = scene.build({ name: "same", files: { "/usr/bin/app": { content: "app 1", mode: 0o755 } } });
  await apply(parent, [install(APP)]);
  const options = { ancestors: holdersOf([parent]) };
  const before = files(child);
  await assert.rejects(apply(child, [install(other)], options), {
    code: "E_FILE_CONFLICT",
    message: new RegExp(
      `shell-1-1.noarch: its file "/usr/bin/app" is another one in app-1-1.noarch of node "${parent}"`,
    ),
  });
  assert.deepEqual(files(child), before);
  await apply(child, [install(same)], options);
  await assert.rejects(apply(parent, [upgrade(APP_2, APP)], { descendants: holdersOf([child]) }), {
    code: "E_FILE_CONFLICT",
  });
});

Deno.test("two packages with different files of one name are not installed", async () => {
  const node = newNode();
  const other = scene.build({ name: "shell", files: { "/usr/bin/app": { content: "evil", mode: 0o755 } } });
  await assert.rejects(apply(node, [install(APP), install(other)]), {
    code: "E_TRANSACTION_REFUSED",
    message: /conflicts/,
  });
  assert.deepEqual(packages(node), []);
});

Deno.test("programs with privileges come only where they are allowed [H03]", async () => {
  const cases = {
    setuid: { "/usr/bin/su": { content: "", mode: 0o4755 } },
    capabilities: { "/usr/bin/ping": { content: "", mode: 0o755, capabilities: "cap_net_raw=ep" } },
    "world-writable": { "/usr/share/all": { content: "", mode: 0o666 } },
  } as const;
  for (const [privilege, files] of Object.entries(cases)) {
    const node = newNode();
    const one = scene.build({ name: privilege, files });
    await assert.rejects(apply(node, [install(one)]), { code: "E_PACKAGE_PRIVILEGE" }, privilege);
    assert.deepEqual(packages(node), [], privilege);
    await apply(node, [install(one)], { allowed: [privilege as keyof typeof cases] });
    assert.deepEqual(packages(node), [`${privilege}-1-1.noarch`]);
  }
});

Deno.test("a hard link to a program with privileges gives nobody any in a node, before and after an update [H21]", {
  ignore: !isRoot,
}, async () => {
  const id = (version: string) =>
    scene.build({
      name: "id",
      version,
      arch: Deno.build.arch,
      files: { "/usr/bin/id": { from: "/usr/bin/id", mode: 0o4755 } },
    });
  const node = newNode({
    ".rednode.yaml": "realpath: /\ntimestamp: 1700000000000\nstate: Enable\n",
    "etc/redpak.yaml": "headers:\n  alias: box\n" + SYSTEM.trimEnd() +
      "\n  - { mode: Restricted, mount: /keep, path: $NODE_PATH/keep }\n" + PATH +
      "  set-user: 65534\n  set-group: 65534\n",
    "keep/": "",
  });
  const [one, two] = [id("1"), id("2")];
  await apply(node, [install(one)], { allowed: ["setuid"] });
  const link = `${node}/keep/id`;
  Deno.linkSync(`${node}/usr/bin/id`, link);
  const inside = () => {
    const { stdout, stderr } = redpak(["run", node, "-q", "--", "/keep/id", "-u"], { cwd: "/" });
    assert.equal(stdout, "65534\n", stderr);
  };
  inside();
  await apply(node, [upgrade(two, one)], { allowed: ["setuid"] });
  assert.equal(Deno.statSync(link).mode! & 0o7777, 0o4755);
  inside();
  // What it takes: beside nodes, where the administrator of the machine lets it be, the bit still counts.
  Deno.chmodSync(scene.path, 0o755);
  const outside = exec(link, ["-u"], { uid: 65534, cwd: "/" }).stdout;
  if (outside !== "0\n") console.log(`skipped: that it would give some without a node: it printed ${outside}`);
  assert.equal(Deno.statSync(`${node}/.redpak/generations`).mode! & 0o077, 0);
  // When nothing leads back to it any more.
  await apply(node, [install(APP), install(LIB)]);
  await apply(node, [erase(APP)]);
  await withNode(node, (content) => collect(content));
  assert.equal(Deno.statSync(link).mode! & 0o7777, 0o755);
  assert.equal(Deno.statSync(`${node}/usr/bin/id`).mode! & 0o7777, 0o4755);
});

Deno.test("scripts are never left out in silence", async () => {
  // A node that cannot be launched runs none.
  const node = newNode();
  const scripted = scene.build({
    name: "scripted",
    scripts: { pre: { script: "exit 1" }, preun: { script: "exit 1" } },
  });
  await assert.rejects(apply(node, [install(scripted)]), {
    code: "E_SCRIPT_SANDBOX",
    message: /%pre of scripted-1-1.noarch could not be run: /,
  });
  await apply(node, [install(scripted)], { noScripts: true });
  await assert.rejects(apply(node, [erase(scripted)]), {
    code: "E_SCRIPT_SANDBOX",
    message: /%preun of scripted-1-1.noarch could not be run: /,
  });
  await apply(node, [erase(scripted)], { noScripts: true });
  assert.deepEqual(packages(node), []);
});

Deno.test("a worker that is killed has changed nothing, and leaves nothing", async () => {
  const node = newNode();
  await apply(node, [install(LIB)]);
  const before = files(node);
  const state = describeTree(`${node}/.redpak`, ["generations"]);
  const killed = { ...HOST, runWorker: () => Promise.resolve({ status: "signal SIGKILL", complaint: "" }) };
  await assert.rejects(apply(node, [install(APP)], {}, killed), { code: "E_WORKER", message: /SIGKILL/ });
  assert.deepEqual(files(node), before);
  assert.deepEqual(describeTree(`${node}/.redpak`, ["generations"]), state);
});

Deno.test("a file that is not the package, or not any more what its repository says, is not installed [H16]", async () => {
  const node = newNode();
  const swapped = { ...install(APP), file: LIB.file };
  await assert.rejects(apply(node, [swapped]), { code: "E_PACKAGE_FILE", message: /is lib-1-1.noarch/ });
  const step = install(APP);
  const origin = { location: "x", size: 1, checksum: { type: "sha256", value: "0".repeat(64) } };
  await assert.rejects(apply(node, [{ ...step, step: { ...step.step, origin } }]), { code: "E_PACKAGE_CHANGED" });
  assert.throws(() => Deno.lstatSync(`${node}/usr`), Deno.errors.NotFound);
});
