/** What `redpak run` does for an ordinary user: the same as for root, within what the kernel allows. */
import assert from "node:assert/strict";
import { exec, exists, isRoot, MISSING, PATH, REDPAK, redpak, type Result, Scratch, SYSTEM } from "./_node.ts";
import { standalone } from "./_stage_alone.ts";

/** Nobody of the user database. */
const UID = isRoot ? 61_234 : Deno.uid() ?? 0;

/** A scratch directory with a directory `own` of the user's. */
class UserScratch extends Scratch {
  readonly own = `${this.path}/own`;

  constructor() {
    super();
    Deno.mkdirSync(this.own);
    if (isRoot) Deno.chownSync(this.own, UID, UID);
  }
}

const asUser = isRoot ? { uid: UID } : {};

function run(node: string, ...program: string[]): Result {
  return redpak(["run", node, "--", ...program], { cwd: "/", ...asUser });
}

/** Runs a shell script in a node of the usual exports, plus what a test adds. */
function inNode(script: string, config = SYSTEM + PATH): Result {
  using scratch = new UserScratch();
  return run(scratch.node("n", config), "sh", "-c", script);
}

Deno.test("the exit status is the program's", () => {
  for (
    const [script, code] of [["exit 0", 0], ["exit 7", 7], ["kill -KILL $$", 137], ["no-such-program", 127]] as const
  ) {
    assert.equal(inNode(script).code, code, script);
  }
  using scratch = new UserScratch();
  const node = scratch.node("n", SYSTEM + PATH);
  assert.equal(run(node, "no-such-program").code, 127);
  assert.equal(run(node, "/usr/share/common-licenses/Apache-2.0").code, 126);
});

Deno.test("the program is who started it, without capabilities and new privileges, in namespaces of its own", () => {
  const { stdout, stderr } = inNode(
    `id -u; id -g; grep -E '^(Cap|NoNewPrivs)' /proc/self/status; cat /proc/self/setgroups
    for n in user mnt pid ipc net cgroup; do readlink /proc/self/ns/$n; done`,
  );
  assert.match(stdout, new RegExp(`^${UID}\\n${UID}\\n`), stderr);
  assert.equal(stdout.match(/^Cap\w+:\s+0000000000000000$/gm)?.length, 5);
  assert.match(stdout, /^NoNewPrivs:\s+1$/m);
  assert.match(stdout, /^deny$/m);
  for (const name of ["user", "mnt", "pid", "ipc", "net", "cgroup"]) {
    assert(!stdout.includes(Deno.readLinkSync(`/proc/self/ns/${name}`)), name);
  }
});

Deno.test("it is process 2 in a /proc of its own, with its devices, pseudo-terminals, host name and loopback", () => {
  const { stdout, stderr } = inNode(
    `echo $$ $(cat /proc/1/comm); hostname; echo x >/dev/null && [ -c /dev/urandom ] && echo devices
     script -qc 'test -t 0 && echo terminal' /dev/null </dev/null; grep -c lo: /proc/net/dev
     ls -A / | grep -v lib64 | tr '\\n' ' '; echo >/proc/sys/kernel/core_pattern`,
    SYSTEM + PATH + "  hostname: $NODE_ALIAS-host\n",
  );
  assert.deepEqual(stdout.replaceAll("\r", "").split("\n"), [
    ...["2 redpak-init", "n-host", "devices", "terminal", "1", "bin dev lib proc tmp usr "],
  ], stderr);
  assert.match(stderr, /core_pattern/);
});

Deno.test("every export mode does what it says, and directories are made as the user", () => {
  using scratch = new UserScratch();
  const o = scratch.own;
  scratch.file("file", "content\n");
  for (const name of ["file", "locks"]) exec("cp", ["/dev/null", `${o}/${name}`], asUser);
  const node = scratch.node(
    "n",
    SYSTEM + `  - { mode: Public, mount: /public, path: ${o}/made/by/launch }
  - { mode: Private, mount: /private, path: ${o} }
  - { mode: PrivateRestricted, mount: /private-ro, path: ${o} }
  - { mode: PublicFile, mount: /f/public, path: ${o}/file }
  - { mode: RestrictedFile, mount: /f/restricted, path: ${scratch.path}/file }
  - { mode: Anonymous, mount: /anonymous/dir }
  - { mode: Symlink, mount: /link, path: /f/restricted }
  - { mode: Execfd, mount: /etc/made, path: echo made by $(id -u) }
  - { mode: Internal, mount: /etc/internal, path: 8 }
  - { mode: Mqueue, mount: /dev/mqueue }
  - { mode: Lock, mount: /private/locks }
` + PATH,
  );
  const script = `
    touch /public/x && echo public; touch /private/x && echo private; touch /private-ro/x || echo private-ro
    cat /link; echo more >>/f/public && echo public-file; echo more >>/f/restricted || echo restricted-file
    touch /anonymous/dir/x && echo anonymous; cat /etc/made /etc/internal; stat -f -c %T /dev/mqueue; stat -c %u /public`;
  const result = exec("bash", [
    "-c",
    'exec 8<<<"from a descriptor"; cd /; "$0" run "$1" -- sh -c "$2"',
    REDPAK,
    node,
    script,
  ], asUser);
  assert.deepEqual(result.stdout.trim().split("\n"), [
    ...["public", "private", "private-ro", "content", "public-file", "restricted-file", "anonymous"],
    ...[`made by ${UID}`, "from a descriptor", "mqueue", String(UID)],
  ], result.stderr);
  const made = Deno.statSync(`${o}/made/by/launch/x`);
  assert.deepEqual([made.uid, made.gid], [UID, UID]);
});

Deno.test("only what the user may read is exported, and a directory that he cannot make is named", () => {
  using scratch = new UserScratch();
  Deno.mkdirSync(`${scratch.path}/closed`, { mode: 0o700 });
  if (isRoot) {
    const closed = scratch.node(
      "a",
      SYSTEM + `  - { mode: Restricted, mount: /x, path: ${scratch.path}/closed }\n` + PATH,
    );
    assert.match(run(closed, "ls", "/x").stderr, /Permission denied/);
  }
  const absent = scratch.node("b", SYSTEM + `  - { mode: Public, mount: /x, path: /absent/directory }\n` + PATH);
  const result = run(absent, "true");
  assert.equal(result.code, 125);
  assert.match(
    result.stderr,
    /^redpak: Cannot create directory "\/absent\/directory": permission denied \(EACCES\)\n {2}conf/,
  );
});

Deno.test("environment and descriptors are exactly those of the plan, whatever the caller left", () => {
  using scratch = new UserScratch();
  const node = scratch.node("n", SYSTEM + "environ: [ { key: A, value: b } ]\nconfig:\n  path: /usr/bin\n  chdir: /\n");
  const script = `exec 7</etc/passwd 9</; trap '' TERM PIPE USR1; umask 0; "$0" run "$1" -- sh -c '
    env; ls /proc/self/fd; grep SigIgn /proc/self/status; grep SigBlk /proc/self/status; umask'`;
  const { stdout, stderr } = exec("bash", ["-c", `cd /; ${script}`, REDPAK, node], { ...asUser, env: { SECRET: "x" } });
  const zero = "0000000000000000";
  assert.deepEqual(stdout.trim().split("\n"), [
    ...["A=b", "PATH=/usr/bin", "PWD=/", "0", "1", "2", "3", `SigIgn:\t${zero}`, `SigBlk:\t${zero}`, "0022"],
  ], stderr);
});

Deno.test("standard descriptors that the caller has closed are /dev/null, never something else (B15)", () => {
  using scratch = new UserScratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const script = "for fd in 0 1 2; do [ $(stat -Lc %t:%T /proc/$$/fd/$fd) = 1:3 ] || exit 1; done; exit 9";
  const start = 'cd /; "$0" run "$1" -- sh -c "$2" <&- >&- 2>&-';
  assert.equal(exec("bash", ["-c", start, REDPAK, node, script], asUser).code, 9);
});

Deno.test("signals reach the program, and nothing outlives redpak", async () => {
  using scratch = new UserScratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const start = (script: string) => {
    const args = ["run", node, "--", "sh", "-c", script];
    return new Deno.Command(REDPAK, { args, cwd: "/", stdout: "piped", ...asUser, ...isRoot ? { gid: UID } : {} })
      .spawn();
  };
  const trapped = start("trap 'exit 42' TERM; echo ready; while :; do sleep 0.05; done");
  const reader = trapped.stdout.getReader();
  await reader.read();
  trapped.kill("SIGTERM");
  assert.equal((await trapped.status).code, 42);
  await reader.cancel();

  const killed = start("setsid sleep 1000 & echo ready; sleep 1000");
  const output = killed.stdout.getReader();
  await output.read();
  killed.kill("SIGKILL");
  await killed.status;
  // The pipe ends when no process of the node is left.
  assert.equal((await output.read()).done, true);
});

Deno.test("--status-fd tells what happened", () => {
  using scratch = new UserScratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const status = (...args: string[]) =>
    exec(
      "sh",
      ["-c", 'cd /; "$0" run "$@" 5>&1 >/dev/null 2>/dev/null', REDPAK, node, "--status-fd", "5", "--", ...args],
      asUser,
    ).stdout.trim().split("\n").map((line) => JSON.parse(line).event);
  assert.deepEqual(status("true"), ["started", "exited"]);
  assert.deepEqual(status("no-such-program"), ["setup-failed"]);
});

Deno.test("a family of nodes is merged, and a capability is one over the node's own namespaces only", () => {
  using scratch = new UserScratch();
  scratch.node(
    "p",
    SYSTEM + PATH + "  hostname: from-p\n  map-root-user: 1\n  capabilities: [ { cap: CAP_SYS_ADMIN, add: 1 } ]\n",
  );
  const child = scratch.node("p/c", "environ: [ { key: WHO, value: $NODE_ALIAS } ]\nconfig:\n  path: /c/bin\n");
  const { stdout, stderr } = run(
    child,
    "sh",
    "-c",
    "echo $WHO $(hostname) $(id -u); mount -t tmpfs t /tmp && echo mounted; umount /usr; mount -o remount,bind,rw /usr",
  );
  assert.equal(stdout, "c from-p 0\nmounted\n", stderr);
  assert.equal(stderr.match(/(not mounted|must be superuser|permission denied|Invalid argument)/g)?.length, 2, stderr);
});

Deno.test("what only root can do is refused with its reason, before anything is done", () => {
  for (
    const [config, reason] of [
      ["  set-user: 1\n", /only root may start a node as somebody else/],
      ["  share_net: /proc/1/ns/net\n", /only root may join/],
    ] as const
  ) {
    const result = inNode("true", SYSTEM + PATH + config);
    assert.equal(result.code, 5);
    assert.match(result.stderr, reason);
  }
  const shared = inNode("readlink /proc/self/ns/user", SYSTEM + PATH + "  share_user: enabled\n");
  assert.match(shared.stderr, /share_user has no effect/);
  assert.notEqual(shared.stdout.trim(), Deno.readLinkSync("/proc/self/ns/user"));
});

Deno.test({
  name: "a machine that gives no user namespaces is told by what says so",
  ignore: !isRoot || !exists("/proc/sys/user/max_user_namespaces"),
  fn() {
    using scratch = new UserScratch();
    const node = scratch.node("n", SYSTEM + PATH);
    // The setting is one of each user namespace, in which root's files are nobody's: a stage alone does not mind.
    const launcher = `${scratch.path}/launcher`;
    const plan = { node, operations: [], program: "/bin/true", builder: "init" } as const;
    Deno.writeFileSync(launcher, standalone(plan), { mode: 0o755 });
    const off = 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$0"';
    const own = ["--user", "--map-current-user", "--keep-caps"];
    const limited = exec("unshare", [...own, "sh", "-c", off, launcher], { cwd: "/", ...asUser });
    assert.equal(limited.code, 5, limited.stderr);
    assert.match(
      limited.stderr,
      /\(ENOSPC\)\n {2}hint: user namespaces are switched off: see \/proc\/sys\/user\/max_user/,
    );

    const chroot = `mkdir "$2/root"; for entry in /*; do
        if [ -L $entry ]; then cp -P $entry "$2/root"; else mkdir "$2/root$entry"; mount --rbind $entry "$2/root$entry"; fi
      done; exec chroot --userspec=${UID}:${UID} "$2/root" "$0" run "$1" -- true`;
    const confined = exec("unshare", ["-m", "sh", "-c", chroot, REDPAK, node, scratch.path]);
    assert.equal(confined.code, 5, confined.stderr);
    assert.match(confined.stderr, /\(EPERM\)\n {2}hint: the kernel gives none to a process in a chroot/);
    const mounted = `mount --rbind / /mnt; exec chroot --userspec=${UID}:${UID} /mnt "$0" run "$1" -- true`;
    const unknown = exec("unshare", ["-m", "sh", "-c", mounted, REDPAK, node]);
    assert.equal(unknown.code, 5, unknown.stderr);
    // Behind the filter of old_kernel_test, that is the first suspect.
    const suspect = MISSING.length > 0 ? "a seccomp filter forbids it" : ".*userns\\*; a chroot has none";
    assert.match(unknown.stderr, new RegExp(`\\(EPERM\\)\n {2}hint: ${suspect}`));
  },
});

Deno.test("init cannot be looked at, whoever launches", () => {
  using scratch = new UserScratch();
  const node = scratch.node("n", SYSTEM + PATH);
  for (const options of isRoot ? [asUser, {}] : [asUser]) {
    // proc(5): the files of a process that is not dumpable are root's, who is nobody in the node.
    const { stdout, stderr } = redpak(["run", node, "--", "stat", "-c", "%u", "/proc/1/environ"], {
      cwd: "/",
      ...options,
    });
    assert.equal(stdout, "65534\n", stderr);
  }
});
