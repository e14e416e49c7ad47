import assert from "node:assert/strict";
import { CANNOT_COMPARE, compareWithBwrap } from "./_bwrap_comparison.ts";
import { exec, exists, isRoot, PATH, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";
import { REDWRAP, redwrap } from "./_programs.ts";
import { PROBE } from "./_sight.ts";

const DUMPED = `exports:
  - { mode: Execfd, mount: /etc/x, path: touch /tmp/never }
  - { mode: Restricted, mount: /usr, path: /usr }
  - { mode: Public, mount: /data, path: $NODE_PATH/missing }
environ:
  - { key: A, value: $NODE_ALIAS b }
  - { key: B, mode: Execfd, value: echo ran }
config:
  hostname: box
  path: /usr/bin
  share_net: enabled
  cgroups: { pids: { max: "5" } }
`;

const dumpOf = (node: string, data = `  --bind ${node}/missing /data\n`) =>
  `DUMP: /usr/bin/bwrap (as ${REDWRAP})
${data}  --file 3 /etc/x
  --ro-bind /usr /usr
  --setenv B $(echo ran)
  --setenv A n b
  --unshare-uts
  --hostname box
  --unshare-user
  --unshare-cgroup
  --unshare-ipc
  --unshare-pid
  --share-net
  --setenv PATH /usr/bin ls
  -l x
`;

Deno.test("--dump-only prints the documented layout and does nothing", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", DUMPED);
  for (
    const words of [["-r", node, "-D", "--", "ls", "-l", "x"], [`--rp=${node}`, "--dump-o", "--", "ls", "-l", "x"]]
  ) {
    const { code, stdout, stderr } = redwrap(words);
    assert.deepEqual([code, stderr, stdout], [0, "", dumpOf(node)]);
  }
  assert.equal(exists(`${node}/missing`), false);
});

Deno.test("--strict leaves out what is missing, --bwrap changes the name only", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", DUMPED);
  assert.equal(redwrap(["-Ds", "-r", node, "--", "ls", "-l", "x"]).stdout, dumpOf(node, ""));
  assert.match(redwrap(["-D", "--bwrap=/x/y", "-r", node]).stdout, /^DUMP: \/x\/y \(as /);
});

Deno.test("admin files count with --admin, and --user decides $UID", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", "config: { hostname: h$UID, set-user: 5 }\n", "config: { chdir: /$GID }\n");
  assert.match(redwrap(["-D", "-r", node]).stdout, /--hostname h5\n(?!.*--chdir)/);
  const { stdout } = redwrap(["-D", "-a", "--uid=7", "-G", "8", "-r", node]);
  assert.match(stdout, /--hostname h7\n {2}--chdir \/8\n/);
});

Deno.test("what redwrap cannot understand or do, it says", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  for (const words of [[], ["ls"], ["-r", node], ["-r", node, "-d", "ls"], ["-r", node, "--strict=x", "ls"]]) {
    const { code, stdout, stderr } = redwrap(words);
    assert.deepEqual([code, stdout], [1, ""], words.join(" "));
    assert.match(stderr, /Usage: redwrap /);
  }
  const smack = redwrap(["-r", node, "--smack", "l", "ls"]);
  assert.equal(smack.code, isRoot ? 125 : 5);
  assert.match(smack.stderr, /^redpak: Cannot apply the Smack label "l": /);
  assert.equal(redwrap(["-r", node, "-U", "no-such-user", "-D"]).code, 3);
  assert.equal(redwrap(["-r", `${scratch.path}/absent`, "ls"]).code, 4);
  assert.equal(redwrap(["-r", `${scratch.path}/absent`, "-D"], { env: { REDPAK_COMPAT: "1" } }).code, 0);
});

rootTest("the program runs with its arguments and its exit status", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", `${SYSTEM}${PATH}  hostname: box\n`);
  const run = (...words: string[]) => redwrap(["--redpath", node, ...words]);
  const { code, stdout, stderr } = run("--", "sh", "-c", 'echo "$(hostname) $0"; exit 7', "-D");
  assert.deepEqual([code, stdout, stderr], [7, "box -D\n", ""]);
  assert.equal(run("true").code, 0);
  assert.equal(run("-U", "1234", "--gid", "77", "--", "id", "-u").stdout, "1234\n");
});

rootTest("with REDPAK_COMPAT=1 the exit status is 0, whatever happens", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", `${SYSTEM}${PATH}  inherit-env: true\n`);
  const compat = (...words: string[]) =>
    redwrap(["-r", node, "--", ...words], { env: { REDPAK_COMPAT: "1", A: "b c" } });
  const { code, stdout } = compat("sh", "-c", 'echo "$A $REDPAK_COMPAT. $0 $1"; exit 7', "it's", "-x y");
  assert.deepEqual([code, stdout], [0, "b c . it's -x y\n"]);
  const unknown = compat("no-such-program");
  assert.equal(unknown.code, 0);
  assert.match(unknown.stderr, /Cannot execute "no-such-program"/);
  assert.equal(compat("sh", "-c", "kill -KILL $$").code, 0);
  const absent = redwrap(["-r", `${scratch.path}/absent`, "ls"], { env: { REDPAK_COMPAT: "1" } });
  assert.equal(absent.code, 0);
  assert.match(absent.stderr, /Cannot open node/);
  assert.equal(redwrap(["-r", node], { env: { REDPAK_COMPAT: "1" } }).code, 1, "a mistake in the call is one");
});

rootTest("--dump prints one line with the commands' outputs, then runs", () => {
  using scratch = new Scratch();
  const node = scratch.node(
    "n",
    `${SYSTEM}environ: [ { key: A, mode: Execfd, value: echo ran } ]\n${PATH}`,
  );
  const { code, stdout, stderr } = redwrap(["-r", node, "--dump", "--", "sh", "-c", "echo $A"]);
  assert.deepEqual([code, stdout], [0, "ran\n"]);
  assert.equal(stderr.split("\n").length, 2);
  assert.ok(stderr.startsWith(`DUMP: /usr/bin/bwrap (as ${REDWRAP}) --ro-bind /bin /bin --dev /dev `), stderr);
  assert.ok(
    stderr.endsWith(
      " --setenv A ran --unshare-user --unshare-cgroup --unshare-ipc --unshare-pid --unshare-net" +
        " --setenv PATH /usr/bin:/bin sh -c echo $A\n",
    ),
    stderr,
  );
});

rootTest("--strict skips a missing directory, which is made without it", () => {
  using scratch = new Scratch();
  const exported = "  - { mode: Public, mount: /data, path: $NODE_PATH/data }\n";
  const node = scratch.node("n", SYSTEM + exported + PATH);
  const strict = redwrap(["-r", node, "--strict", "--", "test", "-e", "/data"]);
  assert.equal(strict.code, 1);
  assert.match(strict.stderr, /^redpak: warning: ".*\/data" is not exported: it is not there\n {2}configured at /);
  assert.equal(exists(`${node}/data`), false);
  assert.equal(redwrap(["-r", node, "--force", "--", "test", "-e", "/data"]).code, 0);
  assert.equal(exists(`${node}/data`), true);
});

rootTest("a disabled node is not run", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  redpak(["disable", node]);
  assert.equal(redwrap(["-r", node, "true"]).code, 3);
  assert.equal(redwrap(["-r", node, "-D"]).code, 3);
});

rootTest("the templates show a program the same under bubblewrap", async () => {
  if (CANNOT_COMPARE !== undefined) return console.log(`skipped: ${CANNOT_COMPARE}`);
  using scratch = new Scratch();
  for (const [name, template] of [["top", "root"], ["top/leaf", "leaf"], ["full", "full"]] as const) {
    const node = `${scratch.path}/${name}`;
    assert.equal(redpak(["create", node, "--template", template]).code, 0);
    const file = `${node}/etc/redpak.yaml`;
    const probe = `exports:\n  - { mode: PrivateRestricted, mount: /probe, path: ${PROBE} }`;
    if (template !== "leaf") Deno.writeTextFileSync(file, Deno.readTextFileSync(file).replace(/^exports:/m, probe));
    for (const admin of [[], ["--admin"]]) {
      assert.equal(await compareWithBwrap([node, "--compat", ...admin]), true, name);
    }
  }
});

rootTest("the printed bubblewrap command shows a program the same as redpak does", () => {
  if (CANNOT_COMPARE !== undefined) return console.log(`skipped: ${CANNOT_COMPARE}`);
  using scratch = new Scratch();
  scratch.node("top", `${SYSTEM}config: { hostname: $NODE_ALIAS }\n`);
  const node = scratch.node(
    "top/n",
    `exports:
  - { mode: Execfd, mount: /etc/made, path: "echo 'it  is'; echo two" }
  - { mode: Symlink, mount: /link, path: "a b" }
  - { mode: Anonymous, mount: /var/empty }
environ: [ { key: A, mode: Static, value: "'x'\\t\\"$B\\"\\\\" } ]
config: { path: /usr/bin:/bin, chdir: /var }
`.replace("\\t", "\t"),
  );
  const program = ["sh", "-c", 'hostname; pwd; cat /etc/made; readlink /link; ls /var; printf "%s\\n" "$A"; ls /'];
  const own = redpak(["run", node, "--", ...program]);
  const script = redpak(["plan", node, "--format", "bwrap", "--", ...program]).stdout;
  const real = exec("bash", ["-c", script]);
  assert.deepEqual([own.code, own.stderr], [0, ""]);
  assert.deepEqual([real.code, real.stderr, real.stdout], [0, "", own.stdout], script);
});

Deno.test("a node that loosens its parent is refused; with REDPAK_COMPAT=1 it is taken as redpak 2.5 takes it", () => {
  using scratch = new Scratch();
  scratch.node("top", "exports: [ { mode: Restricted, mount: /usr, path: /usr } ]\n");
  const node = scratch.node("top/n", "exports: [ { mode: Public, mount: /usr, path: /usr } ]\n");
  const refused = redwrap(["-D", "-r", node]);
  assert.deepEqual([refused.code, refused.stdout], [3, ""]);
  assert.match(refused.stderr, /REDPAK_COMPAT=1/);
  const { code, stdout, stderr } = redwrap(["-D", "-r", node], { env: { REDPAK_COMPAT: "1" } });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^ {2}--bind \/usr \/usr$/m);
  assert.match(stderr, /^redpak: warning: [^]*top\/n\/etc\/redpak.yaml:/);
});
