/** Packages of a family of nodes, from a server to running programs, by the built binary. */
import assert from "node:assert/strict";
import { validate } from "../system/_document.ts";
import { exec, REDPAK, rootTest } from "../system/_node.ts";
import { buildPackage, type Package } from "./_rpm.ts";
import { redpak, redpakJson, Served } from "./_served.ts";

const arch = Deno.build.arch;
const served = new Served();
addEventListener("unload", () => served[Symbol.dispose]());

/** A real library, and a program that needs it. */
function greeter(version: string): Package[] {
  const place = `${served.path}/greeter-${version}`;
  Deno.mkdirSync(place);
  const library = `${place}/libgreet.so.1`;
  const program = `${place}/greet`;
  Deno.writeTextFileSync(`${place}/lib.c`, `const char *greeting(void) { return "greeting ${version}"; }`);
  Deno.writeTextFileSync(
    `${place}/greet.c`,
    `#include <stdio.h>\nconst char *greeting(void);\nint main(void) { puts(greeting()); return 0; }`,
  );
  const made = exec("sh", [
    "-c",
    `cd "$1" && gcc -shared -fPIC -Wl,-soname,libgreet.so.1 -o libgreet.so.1 lib.c && gcc -o greet greet.c ./libgreet.so.1`,
    "sh",
    place,
  ]);
  assert.equal(made.code, 0, made.stderr);
  return [
    { name: "libgreet", version, arch, files: { "/usr/lib/libgreet.so.1": { from: library } } },
    {
      name: "greet",
      version,
      arch,
      requires: [`libgreet = ${version}`],
      files: { "/usr/bin/greet": { from: program } },
    },
  ];
}

served.publish(
  {
    name: "strace",
    version: "6.1",
    arch,
    summary: "traces",
    files: { "/usr/bin/strace": { from: "/usr/bin/strace" } },
  },
  ...greeter("1"),
  ...greeter("2"),
  {
    name: "hello",
    requires: ["libgreet"],
    files: { "/usr/bin/hello": { content: "#!/bin/sh\ngreet\n", mode: 0o755 } },
  },
  { name: "old", provides: ["thing"] },
  { name: "rival", conflicts: ["libgreet"] },
  { name: "needy", requires: ["/bin/bash"] },
  { name: "shell", provides: ["/bin/sh"] },
  { name: "slow", requires: ["libgreet", "/bin/sh"], scripts: { preun: { script: "sleep 30" } } },
  { name: "clash", files: { "/usr/bin/hello": { content: "other" } } },
);

/** A family of two generations: a top with the repository, and children. */
async function family(name: string, ...children: readonly string[]): Promise<string> {
  const top = await served.create(name, "root", "seccomp: none");
  for (const child of children) await served.create(`${name}/${child}`, "leaf", "seccomp: none");
  const added = await redpak("repo", "add", top, "base", served.server.address, "--gpgkey", served.keyFile(), "--yes");
  assert.equal(added.code, 0, added.stderr);
  return top;
}

async function installed(node: string): Promise<string[]> {
  const { packages } = await redpakJson("list", node);
  return packages.map(({ name, evr }: Record<string, string>) => `${name}-${evr}`);
}

async function change(...args: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await redpak(...args, "--yes", "-q");
  assert.equal(code, 0, stderr);
  return stdout.trim().split("\n");
}

/** Every file of a node and of those inside, but what was downloaded, what comes of it, and what readers of databases share. */
function content(node: string): string {
  const left = ["./var/*", "./.redpak/metadata/*", "*-shm"].flatMap((path) => ["!", "-path", path]);
  return exec("find", [".", "-type", "f", ...left, "-printf", "%p %m %s %T@\\n"], { cwd: node })
    .stdout.split("\n").sort().join("\n");
}

rootTest(
  "the guide's walk: a program is installed in a child, runs there, is all that the child has, and goes",
  async () => {
    const top = await family("walk", "nav");
    const nav = `${top}/nav`;
    assert.deepEqual((await change("install", nav, "strace"))[0], `installed strace-6.1-1.${arch}`);
    const traced = await redpak("run", nav, "--", "strace", "-f", "-o", "/dev/stdout", "ls", "/nodes");
    assert.equal(traced.code, 0, traced.stderr);
    assert.match(traced.stdout, /execve\(.*exited with 0/s);
    const listed = await redpak("run", nav, "--", "rpm", "-qa", "--dbpath", "/var/lib/rpm");
    assert.equal(listed.stdout, `strace-6.1-1.${arch}\n`, listed.stderr);
    assert.match((await redpak("run", nav, "--", "sh", "-c", "command -v strace")).stdout, /^\/nodes\/nav\//);
    await change("remove", nav, "strace");
    assert.deepEqual(await installed(nav), []);
    assert.doesNotMatch((await redpak("run", nav, "--", "sh", "-c", "command -v strace")).stdout, /^\/nodes\/nav\//);
  },
);

rootTest("children have versions of a library of their own, or share that of their parent", async () => {
  const top = await family("versions", "one", "two", "middle");
  const inner = await served.create("versions/middle/inner", "leaf");
  await change("install", `${top}/one`, "greet-1");
  await change("install", `${top}/two`, "/usr/bin/greet");
  await change("install", `${top}/middle`, "libgreet-1");
  assert.deepEqual(await change("install", inner, "greet").then(([first]) => first), `installed greet-1-1.${arch}`);
  for (const [node, version] of [[`${top}/one`, 1], [`${top}/two`, 2], [inner, 1]] as const) {
    const ran = await redpak("run", node, "--", "greet");
    assert.equal(ran.stdout, `greeting ${version}\n`, ran.stderr);
  }
  assert.deepEqual(await installed(`${top}/one`), ["greet-1-1", "libgreet-1-1"]);
  assert.deepEqual(await installed(inner), ["greet-1-1"]);
});

rootTest("what a child needs of its parent stays there, unless the child may lose it", async () => {
  const top = await family("needed", "child");
  const child = `${top}/child`;
  await change("install", top, "libgreet");
  await change("install", child, "hello");
  assert.deepEqual(await installed(child), ["hello-1-1"]);
  const before = content(top);
  const refused = await redpak("remove", top, "libgreet", "--yes");
  assert.equal(refused.code, 6);
  assert.match(refused.stderr, /Cannot do it: hello-1-1\.noarch of \S+\/child requires libgreet/);
  assert.match(refused.stderr, /hint: --cascade removes hello-1-1\.noarch of \S+\/child/);
  assert.equal(content(top), before);
  const belongs = await redpak("remove", child, "libgreet", "--yes");
  assert.equal(belongs.code, 6);
  assert.match(belongs.stderr, /it belongs to parent node needed \(.*\n {2}hint: redpak remove \S+ libgreet/);
  const rival = await redpak("install", child, "rival", "--yes");
  assert.equal(rival.code, 6);
  assert.match(rival.stderr, /libgreet-2-1\.\S+ belongs to parent node needed/);
  const [inside, ...rest] = await change("remove", top, "libgreet", "--cascade");
  assert.equal(inside, `removed hello-1-1.noarch from ${child}`);
  assert.equal(rest.at(-1), `transaction 2 of ${top}; redpak undo ${top}, then redpak undo ${child} take it back`);
  assert.deepEqual([await installed(top), await installed(child)], [[], []]);
});

rootTest("undo takes nothing from a child that it needs, unless the child may lose it", async () => {
  const top = await family("undone", "child");
  const child = `${top}/child`;
  await change("install", top, "libgreet-1");
  await change("update", top);
  await change("install", child, "greet-2");
  assert.deepEqual(await installed(child), ["greet-2-1"]);
  const before = content(top);
  for (const how of [["--yes"], ["--dry-run"]]) {
    const refused = await redpak("undo", top, ...how);
    assert.equal(refused.code, 6, refused.stderr);
    assert.match(refused.stderr, /Cannot do it: greet-2-1\.\S+ of \S+\/child requires libgreet = 2/);
    assert.match(refused.stderr, /hint: --cascade removes greet-2-1\.\S+ of \S+\/child/);
  }
  assert.equal(content(top), before);
  const dry = await redpak("undo", top, "--cascade", "--dry-run");
  assert.match(dry.stdout, /^- libgreet-2-1\.\S+\n\+ libgreet-1-1\.\S+\nRemoving in \S+\/child, .*:\n {2}greet-2-1/);
  await change("undo", top, "--cascade");
  assert.deepEqual([await installed(top), await installed(child)], [["libgreet-1-1"], []]);
  // The child's own: what it had before needs what its parent had then.
  const alone = await redpak("undo", child, "--yes");
  assert.equal(alone.code, 6, alone.stderr);
  assert.match(alone.stderr, /greet-2-1\.\S+ of \S+\/child requires libgreet = 2\n {2}hint: its ancestors have/);
  await change("undo", top, "--redo");
  await change("undo", child);
  assert.deepEqual([await installed(top), await installed(child)], [["libgreet-2-1"], ["greet-2-1"]]);
});

rootTest("scripts of what goes from a child have their time by undo as well, or are not run", async () => {
  const top = await family("slow", "child");
  await change("install", top, "shell", "libgreet");
  await change("install", `${top}/child`, "slow");
  const before = content(top);
  const late = await redpak("undo", top, "--cascade", "--yes", "--script-timeout", "1");
  assert.equal(late.code, 6, late.stderr);
  assert.match(late.stderr, /%preun of slow-1-1\.noarch did not end within 1 s.*\n {2}hint: --script-timeout 2 gives/);
  assert.equal(content(top), before);
  await change("undo", top, "--cascade", "--no-scripts");
  assert.deepEqual([await installed(top), await installed(`${top}/child`)], [[], []]);
});

rootTest("packages with the same file cannot be together in a node", async () => {
  const top = await family("clash");
  await change("install", top, "hello");
  const before = content(top);
  const { code, stderr } = await redpak("install", top, "clash", "--yes");
  assert.equal(code, 6, stderr);
  assert.match(stderr, /file \/usr\/bin\/hello .* conflicts with .*hello-1-1.*\n {2}hint: nothing has been changed/);
  assert.equal(content(top), before);
});

rootTest("whose node it is not is told so", async () => {
  const top = await family("foreign");
  await change("install", top, "old");
  const { code, stderr } = await new Deno.Command("setpriv", {
    args: ["--reuid=12345", "--regid=12345", "--clear-groups", REDPAK, "remove", top, "old", "--yes"],
  }).output();
  assert.equal(code, 5);
  assert.match(new TextDecoder().decode(stderr), /Cannot read the history of ".*\(EACCES\)\n {2}hint: run redpak as /);
});

rootTest("a package that others need and that is installed by name stays when they go", async () => {
  const top = await family("marked");
  await change("install", top, "greet");
  const dry = await redpak("install", top, "libgreet", "--dry-run");
  assert.match(dry.stdout, /\nlibgreet would count as asked for from now on: redpak autoremove leaves it alone\n$/);
  const marked = await change("install", top, "libgreet");
  assert.match(marked.join("\n"), /^libgreet-2-1\.\S+ is installed already, in .*\nlibgreet counts as asked for/);
  assert.deepEqual(await change("install", top, "libgreet").then((lines) => lines[1]), `nothing to do in ${top}`);
  await change("remove", top, "greet");
  assert.deepEqual(await change("autoremove", top), [`nothing to do in ${top}`]);
  await change("undo", top);
  await change("undo", top);
  await change("remove", top, "greet");
  assert.deepEqual((await change("autoremove", top))[0], `removed libgreet-2-1.${arch}`);
});

rootTest("packages are updated, put back, installed again and removed when nothing needs them", async () => {
  const top = await family("life");
  await change("install", top, "greet-1");
  assert.deepEqual(await installed(top), ["greet-1-1", "libgreet-1-1"]);
  const updated = await change("update", top);
  assert.deepEqual(updated.slice(0, 2).sort(), [`updated greet-2-1.${arch}`, `updated libgreet-2-1.${arch}`]);
  await change("downgrade", top, "greet");
  assert.deepEqual(await installed(top), ["greet-1-1", "libgreet-1-1"]);
  await change("undo", top);
  assert.deepEqual(await installed(top), ["greet-2-1", "libgreet-2-1"]);
  assert.deepEqual((await change("reinstall", top, "greet"))[0], `reinstalled greet-2-1.${arch}`);
  assert.deepEqual(await change("autoremove", top), [`nothing to do in ${top}`]);
  await change("remove", top, "greet");
  assert.deepEqual(await installed(top), ["libgreet-2-1"]);
  // Which packages nobody has asked for comes back with the transaction that knew it.
  assert.deepEqual((await change("autoremove", top))[0], `removed libgreet-2-1.${arch}`);
  await change("undo", top);
  await change("install", top, "libgreet", "old");
  assert.deepEqual(await change("autoremove", top), [`nothing to do in ${top}`]);
  const { transactions } = await redpakJson("history", top);
  assert.deepEqual(
    transactions.map(({ command }: { command: string[] }) => command[0]),
    ["install", "autoremove", "remove", "reinstall", "downgrade", "update", "install"],
  );
});

/** Another program that changes a node. */
async function hold(node: string): Promise<AsyncDisposable> {
  const child = new Deno.Command("flock", { args: ["--close", node, "sleep", "600"], stdin: "null" }).spawn();
  while (exec("flock", ["--nonblock", node, "true"]).code === 0) await new Promise((done) => setTimeout(done, 20));
  return {
    async [Symbol.asyncDispose]() {
      // With the program that it has started.
      exec("sh", ["-c", "kill $(cat /proc/$1/task/$1/children) $1", "sh", String(child.pid)]);
      await child.status;
    },
  };
}

rootTest("a node has one writer: another one is refused, or waits and finds it done", async () => {
  const top = await family("busy", "one", "two");
  await served.refresh(top);
  {
    await using _holding = await hold(`${top}/one`);
    const refused = await redpak("install", `${top}/one`, "strace", "--yes");
    assert.equal(refused.code, 7, refused.stderr);
    assert.match(refused.stderr, /Cannot lock node "\S+\/one": \S+ \(process \d+\) is changing it\n {2}hint: --wait /);
    await change("install", `${top}/two`, "strace");
  }
  {
    // What a node was solved against stays as it is.
    await using _holding = await hold(top);
    for (const command of [["install", `${top}/one`, "strace"], ["undo", `${top}/two`]]) {
      assert.equal((await redpak(...command, "--yes")).code, 7, command.join(" "));
    }
  }
  const both = await Promise.all([1, 2].map(() => redpak("install", `${top}/one`, "greet", "--yes", "--wait", "60")));
  assert.deepEqual(both.map(({ code }) => code), [0, 0], both.map(({ stderr }) => stderr).join());
  assert.equal(both.filter(({ stdout }) => stdout.includes("nothing to do")).length, 1);
  const all = await Promise.all([
    redpak("update", top, "--yes", "--wait", "60"),
    redpak("install", top, "old", "--yes", "--wait", "60"),
    redpak("install", `${top}/one`, "hello", "--yes", "--wait", "60"),
    redpak("install", `${top}/two`, "greet-1", "--yes", "--wait", "60"),
  ]);
  assert.deepEqual(all.map(({ code }) => code), [0, 0, 0, 0], all.map(({ stderr }) => stderr).join());
  assert.deepEqual(await installed(top), ["old-1-1"]);
  assert.deepEqual(await installed(`${top}/one`), ["greet-2-1", "hello-1-1", "libgreet-2-1"]);
  assert.deepEqual(await installed(`${top}/two`), ["greet-1-1", "libgreet-1-1", "strace-6.1-1"]);
});

rootTest("what runs keeps what it was started with, the next start sees what is new", async () => {
  const top = await family("running", "nav");
  const nav = `${top}/nav`;
  await change("install", nav, "greet-1");
  const child = new Deno.Command(REDPAK, {
    args: ["run", nav, "--", "sh", "-c", "echo up; read line; greet"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assert.equal((await output.read()).value, "up\n");
  await change("update", nav);
  assert.equal((await redpak("run", nav, "--", "greet")).stdout, "greeting 2\n");
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("go\n"));
  await writer.close();
  assert.equal((await output.read()).value, "greeting 1\n");
  await output.cancel();
  assert.equal((await child.status).code, 0);
});

rootTest("a package that nobody known has signed is not installed, be it a repository's or a file", async () => {
  const top = await family("signed");
  const file = buildPackage({ name: "alone", version: "1" }, `${served.path}/files`);
  const before = content(top);
  const unsigned = await redpak("install", top, file, "--yes");
  assert.equal(unsigned.code, 6);
  assert.match(
    unsigned.stderr,
    /Cannot trust package "alone-1-1\.noarch": no signature\n {2}hint: whoever makes it has to sign it; .*--no-gpgcheck/,
  );
  const forced = await redpak("install", top, file, "--yes", "--no-gpgcheck");
  assert.equal(forced.code, 3);
  assert.match(
    forced.stderr,
    /Cannot do without signatures: gpgcheck is on.*\n {2}configured at \S+\/etc\/redpak\.yaml:\d+/,
  );
  assert.equal(content(top), before);
  // Of a key that is known, by file and by address.
  await change("install", top, `${served.packages}/old-1-1.noarch.rpm`);
  await change("install", top, `${served.server.address}/strace-6.1-1.${arch}.rpm`);
  assert.deepEqual(await installed(top), ["old-1-1", "strace-6.1-1"]);
  // Where nobody has turned it on, it is still on, and can be turned off for a file.
  const free = served.node("free", "");
  assert.equal((await redpak("install", free, file, "--yes")).code, 6);
  const strange = await redpak("install", free, `${served.packages}/old-1-1.noarch.rpm`, "--yes");
  assert.equal(strange.code, 6);
  assert.match(strange.stderr, /Cannot trust package "old-1-1\.noarch": .*NOKEY\n {2}hint: redpak keys add NODE KEY/);
  const absent = await redpak("install", free, `${served.path}/absent.rpm`, "--yes");
  assert.equal(absent.code, 4);
  assert.match(absent.stderr, /Cannot read the package "\S+\/absent\.rpm": no such file or directory \(ENOENT\)/);
  await change("install", free, file, "--no-gpgcheck");
  assert.deepEqual(await installed(free), ["alone-1-1"]);
  const plain = await redpak("install", free, `${served.server.address}/old-1-1.noarch.rpm`, "--yes", "--no-gpgcheck");
  assert.match(plain.stderr, /Cannot take a package from "http:.*" without a signature: anybody on the way/);
});

rootTest("--dry-run says what would be done and does nothing; without a terminal nothing is done unasked", async () => {
  const top = await family("dry", "nav");
  const nav = `${top}/nav`;
  const early = await redpak("install", nav, "greet", "--dry-run");
  assert.equal(early.code, 1);
  assert.match(early.stderr, /its metadata is not there, and nobody may be asked\n.*\n {2}hint: redpak repo refresh/);
  await served.refresh(top);
  const before = content(top);
  const dry = await redpak("install", nav, "greet", "--dry-run");
  assert.match(dry.stdout, /^ {2}PACKAGE.*\nInstalling:\n {2}greet .*\nInstalling what they need:\n {2}libgreet /);
  assert.match(dry.stdout, /\ninstall 2: [\d.]+ KiB of packages, [\d.]+ KiB of disk are used\n$/);
  const { stdout } = await redpak("install", nav, "greet", "--dry-run", "--json");
  const document = JSON.parse(stdout);
  validate(document);
  assert.deepEqual(
    document.data.steps.map(({ kind, reason, repository }: Record<string, string>) => [kind, reason, repository]),
    [["install", "dependency", "base"], ["install", "asked", "base"]],
  );
  const needy = await redpak("install", nav, "needy", "--dry-run");
  assert.equal(needy.code, 6);
  assert.match(
    needy.stderr,
    /nothing provides \/bin\/bash needed by needy.*\n {2}hint: do not.*\n {2}hint: a package has to have/,
  );
  const unasked = await redpak("install", nav, "greet");
  assert.equal(unasked.code, 2);
  assert.match(unasked.stderr, /greet .*Cannot ask for confirmation/s);
  const unknown = await redpak("install", nav, "gret", "--dry-run");
  assert.equal(unknown.code, 4);
  assert.match(unknown.stderr, /hint: did you mean greet\?/);
  assert.equal(content(top), before);
});

Deno.test("the server goes", async () => {
  await served.server[Symbol.asyncDispose]();
});
