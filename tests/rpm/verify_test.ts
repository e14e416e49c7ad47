/** `redpak verify` on nodes with packages that rpm has installed. */
import assert from "node:assert/strict";
import { LANDLOCK_CREATE_RULESET } from "../../ffi/libc/constants.ts";
import { libc } from "../../ffi/libc/libc.ts";
import { elfBytes } from "../../src/proof/elf/_elf.ts";
import { exec, REDPAK, redpak, rootTest, Scratch } from "../system/_node.ts";
import { putInstalled } from "./_installed.ts";
import { installInNode as install } from "./_rpm.ts";

const OWN = "exports:\n  - { mode: Restricted, mount: /usr, path: $NODE_PATH/usr }\n";

function found(root: string): string[] {
  const { stdout, stderr } = redpak(["verify", root, "--json"]);
  const { findings } = JSON.parse(stdout || stderr).data;
  return findings.map((
    { check, node, package: label, path, message }: Record<string, string>,
  ) => `${check} ${node} ${label ?? path} ${message}`).sort();
}

rootTest("packages of a family are proven, and what they lack or have twice is found", () => {
  using scratch = new Scratch();
  const root = `${scratch.path}/img`;
  const [top, one, two] = ["n", "n/one", "n/two"].map((name) => scratch.node(`img/${name}`, OWN)) as [
    string,
    string,
    string,
  ];
  const tool = (content: string) => ({ "/usr/bin/tool": { content, mode: 0o755 } });
  const shared = { "/usr/share/text": { content: "the same" } };
  install(top, { name: "lib", version: "1", provides: ["feature"], files: { ...tool("a"), ...shared } });
  install(one, { name: "app", version: "1", requires: ["lib >= 1", "(feature or other)"] });
  install(two, { name: "more", version: "2", files: shared });
  assert.deepEqual(found(root), []);

  install(two, { name: "bad", version: "2", requires: ["app", "lib > 1", "(gone if lib)"], files: tool("b") });
  install(one, { name: "lib", version: "1.5" }, { name: "foe", version: "1", conflicts: ["feature"] });
  assert.deepEqual(
    found(root),
    [
      "V-DUPLICATE /n/one lib-1.5-1.noarch Package lib-1.5-1.noarch is there twice: lib-1-1.noarch of /n",
      "V-REQUIRES /n/one foe-1-1.noarch Package foe-1-1.noarch conflicts with feature, and lib-1-1.noarch of /n is there",
      "V-REQUIRES /n/two bad-2-1.noarch Package bad-2-1.noarch requires (gone if lib), which neither its node nor an ancestor has",
      "V-REQUIRES /n/two bad-2-1.noarch Package bad-2-1.noarch requires app, which neither its node nor an ancestor has",
      "V-REQUIRES /n/two bad-2-1.noarch Package bad-2-1.noarch requires lib > 1, which neither its node nor an ancestor has",
      'V-SHADOW /n/two bad-2-1.noarch File "/usr/bin/tool" of bad-2-1.noarch is another one in lib-1-1.noarch of /n',
    ].sort(),
  );
});

rootTest("what a package of an ancestor conflicts with or replaces is found in each node inside", () => {
  using scratch = new Scratch();
  const root = `${scratch.path}/img`;
  const [top, ...inside] = ["n", "n/one", "n/one/deep", "n/two"].map((name) => scratch.node(`img/${name}`, OWN));
  install(top!, { name: "foe", version: "1", conflicts: ["app < 2"] }, {
    name: "heir",
    version: "1",
    obsoletes: ["old"],
  });
  for (const node of inside) install(node, { name: `of-${node.split("/").at(-1)}`, version: "1" });
  assert.deepEqual(found(root), []);

  install(inside[1]!, { name: "app", version: "1" });
  install(inside[2]!, { name: "app", version: "1" }, { name: "old", version: "1" });
  assert.deepEqual(found(root), [
    "V-REQUIRES /n/one/deep app-1-1.noarch Package app-1-1.noarch is what foe-1-1.noarch of /n conflicts with (app < 2)",
    "V-REQUIRES /n/two app-1-1.noarch Package app-1-1.noarch is what foe-1-1.noarch of /n conflicts with (app < 2)",
    "V-REQUIRES /n/two old-1-1.noarch Package old-1-1.noarch is obsolete: heir-1-1.noarch of /n takes its place (old)",
  ]);
});

rootTest("a file that was changed, added or given privileges since it was installed is found", () => {
  using scratch = new Scratch();
  const root = `${scratch.path}/img`;
  const node = scratch.node("img/n", OWN);
  install(node, {
    name: "app",
    version: "1",
    files: {
      "/usr/bin/app": { content: "app", mode: 0o755 },
      "/usr/bin/same": { content: "same", mode: 0o755 },
      "/usr/lib/link": { link: "app" },
      "/usr/lib/gone": { content: "x" },
      "/usr/lib/directory": { directory: true },
      "/etc/app.conf": { content: "setting", config: true },
    },
  });
  assert.deepEqual(found(root), []);
  Deno.writeTextFileSync(`${node}/usr/bin/app`, "ape");
  Deno.chmodSync(`${node}/usr/bin/same`, 0o4755);
  Deno.removeSync(`${node}/usr/lib/link`);
  Deno.symlinkSync("other", `${node}/usr/lib/link`);
  Deno.removeSync(`${node}/usr/lib/gone`);
  Deno.removeSync(`${node}/usr/lib/directory`);
  Deno.writeTextFileSync(`${node}/usr/lib/directory`, "");
  Deno.writeTextFileSync(`${node}/etc/app.conf`, "edited");
  scratch.file("img/n/usr/bin/own", "", 0o755);
  scratch.file("img/n/var/state", "", 0o666);
  const label = "app-1-1.noarch";
  assert.deepEqual(
    found(root),
    [
      `V-FILES /n ${label} Configuration file "/etc/app.conf" of ${label} has another content`,
      `V-FILES /n ${label} File "/usr/bin/app" of ${label} has another content`,
      `V-FILES /n ${label} File "/usr/bin/same" of ${label} has other permissions`,
      `V-FILES /n ${label} File "/usr/lib/directory" of ${label} is something else`,
      `V-FILES /n ${label} File "/usr/lib/gone" of ${label} is not there`,
      `V-FILES /n ${label} File "/usr/lib/link" of ${label} has another content`,
      'V-PRIVILEGE /n /n/usr/bin/same File "/usr/bin/same" has the set-user-ID bit',
      'V-PRIVILEGE /n /n/var/state File "/var/state" can be changed by everybody',
      'V-UNOWNED /n /n/usr/bin/own File "/usr/bin/own" comes from no package',
    ].sort(),
  );
});

rootTest("a file that may not be read ends it, with the reason, whichever thread it is that reads", () => {
  using scratch = new Scratch();
  const root = `${scratch.path}/img`;
  const node = scratch.node("img/n", OWN);
  install(node, { name: "app", version: "1", files: { "/usr/bin/app": { content: "app", mode: 0o755 } } });
  exec("chmod", ["-R", "go+rX", scratch.path]);
  Deno.chmodSync(`${node}/usr/bin/app`, 0o700);
  const { code, stderr } = exec(REDPAK, ["verify", root], { uid: 65_534 });
  assert.equal(code, 5, stderr);
  assert.match(stderr, /^redpak: Cannot read ".*\/n\/usr\/bin\/app": permission denied \(EACCES\)$/m);
});

/** What changes something, in calls that strace shows. */
const CHANGING =
  /^(?:creat|mkdirat|unlinkat|renameat2|linkat|symlinkat|connect|sendto)|AF_INET|O_WRONLY|O_RDWR|O_CREAT|O_TRUNC/;
const TRACED = "trace=openat,openat2,creat,mkdirat,unlinkat,renameat2,linkat,symlinkat,socket,connect,sendto";

/** Calls of `redpak verify` that have succeeded. */
function callsOf(scratch: Scratch, words: readonly string[], options?: Parameters<typeof exec>[2]): string[] {
  const trace = `${scratch.path}/trace`;
  Deno.mkdirSync(trace, { mode: 0o777 });
  Deno.chmodSync(trace, 0o777);
  const strace = ["-f", "-ff", "-qq", "-e", TRACED, "-o", `${trace}/calls`, REDPAK, "verify", ...words];
  const { code, stdout, stderr } = exec("strace", strace, options);
  assert.equal(code, 0, `${stdout}${stderr}`);
  const lines = [...Deno.readDirSync(trace)].flatMap(({ name }) =>
    Deno.readTextFileSync(`${trace}/${name}`).split("\n")
  );
  return lines.filter((line) => / = \d+/.test(line));
}

/** Everything in a directory, with times and contents. */
function stateOf(root: string): string {
  const files = exec("find", [root, "-printf", "%p %y %T@ %C@ %m %s %i\n"]).stdout;
  return files + exec("sh", ["-c", `find "$0" -type f -print0 | sort -z | xargs -0 sha256sum`, root]).stdout;
}

Deno.test({
  name: "root changes nothing of an image, nor beside its databases",
  ignore: Deno.uid() !== 0 || landlockVersion() === 0,
  fn() {
    using scratch = new Scratch();
    const root = `${scratch.path}/img`;
    const node = scratch.node("img/n", OWN);
    install(node, { name: "app", version: "1", files: { "/usr/bin/app": { content: "app", mode: 0o755 } } });
    const before = stateOf(root);
    const [key, certificate, page, bill] = ["key", "certificate", "page.html", "bill"].map((name) =>
      `${scratch.path}/${name}`
    );
    exec("openssl", ["genpkey", "-algorithm", "ed25519", "-out", key!]);
    const commands = [
      ["verify", root],
      ["graph", root],
      ["graph", root, "-o", page!],
      ["certify", root, "--key", key!, "--output", certificate!],
      ["sbom", root],
      ["sbom", root, "-o", bill!],
    ];
    for (const words of commands) {
      const { code, stderr } = redpak(words);
      assert.equal(code, 0, stderr);
      assert.equal(stateOf(root), before, words.join(" "));
    }
    assert.match(Deno.readTextFileSync(page!), /^<!doctype html>/i);
    assert.equal(JSON.parse(Deno.readTextFileSync(certificate!)).signatures.length, 1);
    assert.equal(JSON.parse(Deno.readTextFileSync(bill!)).bomFormat, "CycloneDX");
    const calls = callsOf(scratch, [root]);
    assert(calls.some((line) => line.includes("rpmdb.sqlite-wal")), "the journal is read");
    assert.deepEqual(calls.filter((line) => CHANGING.test(line) && line.includes("/n/")), []);
    assert.equal(stateOf(root), before);
    for (const file of ["wal", "shm"]) Deno.removeSync(`${node}/usr/lib/sysimage/rpm/rpmdb.sqlite-${file}`);
    const { findings } = JSON.parse(redpak(["verify", root, "--json"]).stdout).data;
    assert.match(findings[0].message, /^Cannot read the RPM database/);
    const command = /rpm --dbpath .*$/.exec(findings[0].hints[0])![0].split(" ");
    assert.equal(exec(command[0]!, command.slice(1)).code, 0);
    assert.deepEqual(found(root), []);
  },
});

/** 0 where the kernel has no Landlock, or it is switched off. */
function landlockVersion(): number {
  try {
    return libc().landlock_create_ruleset(null, 0, LANDLOCK_CREATE_RULESET.VERSION);
  } catch {
    return 0;
  }
}

rootTest("an image of another machine is proven by an ordinary user, who writes nothing and asks nobody", async () => {
  using scratch = new Scratch();
  const linker = "/lib/ld-linux-aarch64.so.1";
  const put = (path: string, wish: Parameters<typeof elfBytes>[0]) => {
    scratch.file(`img${path}`, "", 0o755);
    Deno.writeFileSync(`${scratch.path}/img${path}`, elfBytes({ machine: 183, ...wish }));
  };
  put(linker, { soname: "ld-linux-aarch64.so.1" });
  put("/usr/lib/libc.so.6", { soname: "libc.so.6" });
  const exports = ["/usr/lib", "/lib"].map((path) => `  - { mode: Restricted, mount: ${path}, path: ${path} }\n`).join(
    "",
  );
  const node = scratch.node(
    "img/n",
    `exports:\n${exports}  - { mode: Restricted, mount: /own, path: $NODE_PATH/usr }\n`,
  );
  const content = elfBytes({ machine: 183, interpreter: linker, needed: ["libc.so.6"] });
  await putInstalled(node, [{
    name: "app",
    version: "1",
    arch: "aarch64",
    files: { "/usr/bin/app": { content, mode: 0o755 } },
  }]);
  exec("chmod", ["-R", "go+rX", scratch.path]);
  const root = `${scratch.path}/img`;
  const before = stateOf(root);
  const done = callsOf(scratch, [root, "--arch", "aarch64"], { uid: 65_534 });
  assert(done.some((line) => line.includes(`"${root}/n/usr/bin"`)), "the calls that were looked for");
  assert.deepEqual(
    done.filter((line) => CHANGING.test(line) && !/"\/(?:dev\/null|dev\/tty|proc\/self)/.test(line)),
    [],
  );
  assert.equal(stateOf(root), before);
  // For this machine, which it is not for, it is not proven.
  const { findings } = JSON.parse(exec(REDPAK, ["verify", root, "--json", "--arch", "x86_64"]).stdout).data;
  assert.deepEqual(findings.map(({ code }: { code: string }) => code), ["E_VERIFY_MACHINE"]);
});
