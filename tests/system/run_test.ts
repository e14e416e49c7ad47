import assert from "node:assert/strict";
import { exec, PATH, REDPAK, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";
import { until } from "./_until.ts";

/** Runs a shell script in a node of the usual exports, plus what a test adds. */
function inNode(script: string, config = SYSTEM + PATH): ReturnType<typeof redpak> {
  using scratch = new Scratch();
  return redpak(["run", scratch.node("n", config), "--", "sh", "-c", script]);
}

/** Resolves when the process has printed `text`; the rest of its output is thrown away. */
async function waitFor(stream: ReadableStream<Uint8Array>, text: string): Promise<void> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let seen = "";
  while (!seen.includes(text)) {
    const { value, done } = await reader.read();
    assert(!done, `the program ended before it printed "${text}": ${seen}`);
    seen += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
}

/** Host pids of processes whose command line contains `marker`. */
function processes(marker: string): number[] {
  return [...Deno.readDirSync("/proc")].filter((entry) => /^\d+$/.test(entry.name)).map((entry) => Number(entry.name))
    .filter((pid) => {
      try {
        return Deno.readTextFileSync(`/proc/${pid}/cmdline`).includes(marker);
      } catch {
        return false;
      }
    });
}

async function gone(marker: string): Promise<void> {
  await until(() => processes(marker).length === 0, () => `still running: ${processes(marker)}`);
}

rootTest("the program's exit code is redpak's", () => {
  assert.equal(inNode("exit 7").code, 7);
  assert.equal(inNode("exit 0").code, 0);
  assert.equal(inNode("exit 255").code, 255);
});

rootTest("a program killed by a signal gives 128 plus the signal", () => {
  assert.equal(inNode("kill -KILL $$").code, 137);
  assert.equal(inNode("kill -SEGV $$").code, 139);
});

rootTest("an unknown program is 127, one that cannot be executed 126", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const unknown = redpak(["run", node, "--", "no-such-program"]);
  assert.equal(unknown.code, 127);
  assert.match(unknown.stderr, /no-such-program/);
  assert.equal(redpak(["run", node, "--", "/no/such/program"]).code, 127);
  const plain = redpak(["run", node, "--", "/usr/share/common-licenses/Apache-2.0"]);
  assert.equal(plain.code, 126);
  assert.match(plain.stderr, /Apache-2.0/);
});

rootTest("a broken configuration is 3 with file:line:column", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + "config:\n  hostnam: x\n  umask: 027\n  share_net: enable\n");
  const result = redpak(["run", node, "--", "true"]);
  assert.equal(result.code, 3);
  assert.match(result.stderr, /etc\/redpak\.yaml:\d+:\d+/);
  assert.match(result.stderr, /hostname/, "the likely key is suggested");
  assert.match(result.stderr, /share_net|enable/, "all errors at once");
});

rootTest("an admin file that is a link that leads nowhere is refused, not taken for none", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const path = `${node}/etc/redpak-admin.yaml`;
  Deno.symlinkSync("nowhere", path);
  const { code, stderr } = redpak(["run", "--admin", node, "--", "true"]);
  assert.deepEqual([code, stderr], [3, `redpak: Cannot read "${path}": it is a symbolic link that leads nowhere\n`]);
  assert.equal(redpak(["run", node, "--", "true"]).code, 0, "which is not read without being asked for");
});

Deno.test("a missing node is 4", () => {
  assert.equal(redpak(["run", "/no/such/node", "--", "true"]).code, 4);
});

rootTest("the program is process 2 under an init that reaps", () => {
  const orphans = "i=0; while [ $i -lt 50 ]; do (sleep 0.01 &) ; i=$((i+1)); done";
  // Those that have just ended are zombies for a moment: it is enough that there are none some time.
  const wait = "for try in $(seq 1000); do grep -qs '^State:.Z' /proc/[0-9]*/status || exit 8; done; exit 9";
  const { code, stdout } = inNode(`echo $$; ${orphans}; sleep 0.1; ${wait}`);
  assert.deepEqual([code, stdout], [8, "2\n"]);
});

rootTest("only the exported paths are there", () => {
  const entries = inNode("ls -A /").stdout.trim().split("\n").filter((name) => name !== "lib64");
  assert.deepEqual(entries, ["bin", "dev", "lib", "proc", "tmp", "usr"]);
});

rootTest("read-only means read-only for submounts of the source as well", () => {
  using scratch = new Scratch();
  Deno.mkdirSync(`${scratch.path}/data/sub`, { recursive: true });
  const node = scratch.node(
    "n",
    SYSTEM + `  - { mode: Restricted, mount: /data, path: ${scratch.path}/data }\n` + PATH,
  );
  const script = `mount -t tmpfs t "$1/data/sub" && chmod 777 "$1/data/sub" && "$2" run "$3" -- sh -c '
    touch /data/x /data/sub/x; ls -A /data/sub; grep " /data" /proc/self/mountinfo'`;
  const result = exec("unshare", ["-m", "sh", "-c", script, "sh", scratch.path, REDPAK, node]);
  assert.equal(result.stderr.match(/Read-only file system/g)?.length, 2, result.stderr);
  const mounts = result.stdout.trim().split("\n");
  assert.equal(mounts.length, 2, result.stdout);
  for (const mount of mounts) assert.match(mount, / ro,nosuid,nodev/);
});

rootTest("a writable export is written through to the host", () => {
  using scratch = new Scratch();
  Deno.mkdirSync(`${scratch.path}/data`);
  const node = scratch.node("n", SYSTEM + `  - { mode: Public, mount: /data, path: ${scratch.path}/data }\n` + PATH);
  assert.equal(redpak(["run", node, "--", "sh", "-c", "echo hello > /data/file"]).code, 0);
  assert.equal(Deno.readTextFileSync(`${scratch.path}/data/file`), "hello\n");
});

rootTest("the program inherits no descriptor but 0 to 2 [CVE-2024-21626]", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const result = exec("bash", ["-c", 'exec 7</etc/passwd 9</; "$0" run "$1" -- ls /proc/self/fd', REDPAK, node]);
  // ls itself holds the directory that it lists as 3.
  assert.deepEqual(result.stdout.trim().split("\n"), ["0", "1", "2", "3"], result.stderr);
});

rootTest("the environment is exactly what is configured", () => {
  using scratch = new Scratch();
  const node = scratch.node(
    "n",
    SYSTEM + `environ:
  - { key: PLAIN, value: "a $NODE_ALIAS" }
  - { key: STATIC, mode: Static, value: $NODE_ALIAS }
  - { key: HOST, mode: Inherit }
  - { key: COMMAND, mode: Execfd, value: echo out }
  - { key: NOTHING, mode: Remove }
config:
  path: /usr/bin:/bin
  ldpath: /lib/none
  chdir: /tmp
`,
  );
  const result = redpak(["run", node, "--", "env"], { env: { HOST: "value", SECRET: "x", DENO_SECRET: "y" } });
  assert.deepEqual(result.stdout.trim().split("\n").toSorted(), [
    "COMMAND=out",
    "HOST=value",
    "LD_LIBRARY_PATH=/lib/none",
    "PATH=/usr/bin:/bin",
    "PLAIN=a n",
    "PWD=/tmp",
    "STATIC=$NODE_ALIAS",
  ], result.stderr);
});

rootTest("inherit-env passes the launcher's environment and nothing of redpak's own", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + "config:\n  inherit-env: true\n  path: /usr/bin\n  chdir: /\n");
  const result = exec("env", ["-i", "A=1", "DENO_DIR=/x", "NODE_OPTIONS=--y", REDPAK, "run", node, "--", "env"]);
  assert.deepEqual(result.stdout.trim().split("\n").toSorted(), [
    "A=1",
    "DENO_DIR=/x",
    "NODE_OPTIONS=--y",
    "PATH=/usr/bin",
    "PWD=/",
  ], result.stderr);
});

rootTest("there are no capabilities, no new privileges, and the namespaces are new", () => {
  const { stdout, stderr } = inNode(
    "grep -E '^(Cap|NoNewPrivs)' /proc/self/status; for n in user mnt pid ipc net cgroup; do readlink /proc/self/ns/$n; done",
  );
  for (const set of ["Inh", "Prm", "Eff", "Bnd", "Amb"]) {
    assert.match(stdout, new RegExp(`^Cap${set}:\\s+0+$`, "m"), stderr);
  }
  assert.match(stdout, /^NoNewPrivs:\s+1$/m);
  for (const name of ["user", "mnt", "pid", "ipc", "net", "cgroup"]) {
    const own = Deno.readLinkSync(`/proc/self/ns/${name}`);
    assert.match(stdout, new RegExp(`${name}:\\[`));
    assert(!stdout.includes(own), `${name} namespace is shared`);
  }
});

rootTest("a capability that is added is in all five sets", () => {
  const { stdout, stderr } = inNode(
    "grep ^Cap /proc/self/status",
    SYSTEM + PATH + "  capabilities:\n    - { cap: ALL, add: 0 }\n    - { cap: cap_chown, add: 1 }\n",
  );
  for (const set of ["Inh", "Prm", "Eff", "Bnd", "Amb"]) {
    assert.match(stdout, new RegExp(`^Cap${set}:\\s+0000000000000001$`, "m"), stderr);
  }
});

rootTest("shared namespaces are the launcher's, joined ones those of the file", async () => {
  const other = new Deno.Command("unshare", {
    args: ["--net", "--uts", "sh", "-c", "echo ready; exec sleep 60"],
    stdout: "piped",
  }).spawn();
  try {
    await waitFor(other.stdout, "ready");
    const { stdout, stderr } = inNode(
      "for n in net ipc; do readlink /proc/self/ns/$n; done",
      SYSTEM + PATH + `  share_ipc: enabled\n  share_net: /proc/${other.pid}/ns/net\n`,
    );
    assert.equal(
      stdout,
      `${Deno.readLinkSync(`/proc/${other.pid}/ns/net`)}\n${Deno.readLinkSync("/proc/self/ns/ipc")}\n`,
      stderr,
    );
    await other.stdout.cancel();
  } finally {
    other.kill("SIGKILL");
    await other.status;
  }
});

rootTest("host name, working directory, umask, user and group are as configured", () => {
  const { stdout, stderr } = inNode(
    "hostname; pwd; umask; id -u; id -g; cat /proc/self/uid_map",
    SYSTEM + PATH + "  hostname: $NODE_ALIAS-host\n  chdir: /tmp\n  umask: 027\n  set-user: 1000\n  set-group: 1001\n",
  );
  const [hostname, cwd, umask, uid, gid, map] = stdout.trim().split("\n");
  assert.deepEqual([hostname, cwd, umask, uid, gid], ["n-host", "/tmp", "0027", "1000", "1001"], stderr);
  assert.match(map ?? "", /^ *0 +\d+ +65536$/);
});

rootTest("families are merged over three levels", () => {
  using scratch = new Scratch();
  scratch.node(
    "a",
    SYSTEM + `environ:
  - { key: WHO, value: $NODE_ALIAS }
  - { key: A, value: "$NODE_ALIAS of $LEAF_ALIAS" }
config:
  path: /usr/bin:/bin
  hostname: from-a
`,
  );
  scratch.node(
    "a/b",
    "environ:\n  - { key: WHO, value: $NODE_ALIAS }\n  - { key: B, value: $NODE_ALIAS }\nconfig:\n  path: /b/bin\n",
  );
  const leaf = scratch.node("a/b/c", "environ:\n  - { key: WHO, value: $NODE_ALIAS }\nconfig:\n  path: /c/bin\n");
  const { stdout, stderr } = redpak(["run", leaf, "--", "sh", "-c", "echo $WHO,$A,$B,$PATH; hostname"]);
  assert.equal(stdout, "c,a of c,b,/c/bin:/b/bin:/usr/bin:/bin\nfrom-a\n", stderr);
});

rootTest("a background process ends with the node", async () => {
  const marker = `4${Deno.pid}.25`;
  assert.equal(inNode(`sleep ${marker} & setsid sleep ${marker} & exit 0`).code, 0);
  await gone(`sleep\0${marker}`);
});

for (const signal of ["SIGTERM", "SIGINT", "SIGWINCH", "SIGHUP", "SIGUSR1"] as const) {
  rootTest(`${signal} to redpak reaches the program`, async () => {
    using scratch = new Scratch();
    const node = scratch.node("n", SYSTEM + PATH);
    const script = `trap 'echo got; exit 42' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`;
    const child = new Deno.Command(REDPAK, { args: ["run", node, "--", "sh", "-c", script], stdout: "piped" }).spawn();
    await waitFor(child.stdout, "ready");
    child.kill(signal);
    assert.equal((await child.status).code, 42);
    await child.stdout.cancel();
  });
}

rootTest("SIGKILL of redpak leaves no process", async () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const marker = `5${Deno.pid}.5`;
  const child = new Deno.Command(REDPAK, {
    args: ["run", node, "--", "sh", "-c", `sleep ${marker} & echo ready; sleep ${marker}`],
    stdout: "piped",
  }).spawn();
  await waitFor(child.stdout, "ready");
  child.kill("SIGKILL");
  await child.status;
  await gone(`sleep\0${marker}`);
  await child.stdout.cancel();
});

rootTest("after the exec no Deno process is left, and nothing shows the plan", async () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const child = new Deno.Command(REDPAK, {
    args: [
      "run",
      node,
      "--",
      "sh",
      "-c",
      "tr '\\0' ' ' </proc/1/cmdline; echo; cat /proc/1/environ; echo ready; sleep 60",
    ],
    stdout: "piped",
  }).spawn();
  await waitFor(child.stdout, "redpak \nready\n");
  const status = Deno.readTextFileSync(`/proc/${child.pid}/status`);
  assert.match(status, /^Threads:\s+1$/m);
  assert(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) < 1024, status);
  child.kill("SIGTERM");
  await child.status;
  await child.stdout.cancel();
});

rootTest("--status-fd tells what happened", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const status = (...args: string[]) =>
    exec("sh", ["-c", '"$0" run "$@" 5>&1 >/dev/null 2>/dev/null', REDPAK, node, "--status-fd", "5", ...args])
      .stdout.trim().split("\n").map((line) => JSON.parse(line));
  const events = status("--", "sh", "-c", "exit 7");
  assert.deepEqual(events.map((event) => event.event), ["started", "exited"]);
  assert.equal(events[1].code, 7);
  assert.deepEqual(status("--", "no-such-program").map((event) => event.event), ["setup-failed"]);
});

rootTest("the admin configuration counts with --admin only", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH, "environ:\n  - { key: ADMIN, value: yes }\n");
  const show = (...flags: string[]) => redpak(["run", node, ...flags, "--", "sh", "-c", "echo .$ADMIN"]).stdout;
  assert.equal(show(), ".\n");
  assert.equal(redpak(["run", node, "--admin", "--", "sh", "-c", "echo .$ADMIN"]).stdout, ".yes\n");
});

rootTest("every export mode does what it says", () => {
  using scratch = new Scratch();
  scratch.file("file", "content\n");
  scratch.file("locks/file", "");
  const p = scratch.path;
  const node = scratch.node(
    "n",
    SYSTEM + `  - { mode: Public, mount: /public, path: ${p}/made/by/launch }
  - { mode: Private, mount: /private, path: $NODE_PATH }
  - { mode: PrivateRestricted, mount: /private-ro, path: ${p} }
  - { mode: PublicFile, mount: /f/public, path: ${p}/file }
  - { mode: RestrictedFile, mount: /f/restricted, path: ${p}/file }
  - { mode: PrivateFile, mount: /f/private, path: ${p}/file }
  - { mode: Anonymous, mount: /anonymous/dir }
  - { mode: Symlink, mount: /link, path: /f/public }
  - { mode: Execfd, mount: /etc/made, path: echo made }
  - { mode: Internal, mount: /etc/internal, path: 8 }
  - { mode: Mqueue, mount: /dev/mqueue }
  - { mode: Restricted, mount: /locks, path: ${p}/locks }
  - { mode: Lock, mount: /locks/file }
` + PATH,
  );
  const script = `
    touch /public/x && echo public; touch /private/x && echo private; touch /private-ro/x || echo private-ro
    cat /f/public /f/restricted /f/private /link
    echo more >>/f/public && echo public-file; echo more >>/f/restricted || echo restricted-file
    [ -d /anonymous/dir ] && touch /anonymous/dir/x && echo anonymous
    cat /etc/made /etc/internal; stat -c %a /etc/made
    stat -f -c %T /dev/mqueue; stat -f -c %T /tmp; [ -c /dev/null ] && echo null >/dev/null && echo devices; ls /dev/pts`;
  const result = exec("bash", [
    "-c",
    'exec 8<<<"from a descriptor"; "$0" run "$1" -- sh -c "$2"',
    REDPAK,
    node,
    script,
  ]);
  assert.deepEqual(result.stdout.trim().split("\n"), [
    ...["public", "private", "private-ro", "content", "content", "content", "content"],
    ...["public-file", "restricted-file", "anonymous", "made", "from a descriptor", "666"],
    ...["mqueue", "tmpfs", "devices", "ptmx"],
  ], result.stderr);
});

rootTest("message queues are those of the namespace that is shared", () => {
  const { stdout, stderr } = inNode(
    "stat -f -c %T /dev/mqueue; grep /dev/mqueue /proc/self/mountinfo",
    SYSTEM + "  - { mode: Mqueue, mount: /dev/mqueue }\n" + PATH + "  share_ipc: enabled\n",
  );
  assert.match(stdout, /^mqueue\n.* rw,nosuid,nodev,noexec/, stderr);
});

rootTest("a write lock elsewhere makes a Lock export fail", () => {
  using scratch = new Scratch();
  const file = scratch.file("locks/file", "");
  const node = scratch.node(
    "n",
    SYSTEM +
      `  - { mode: Restricted, mount: /locks, path: ${scratch.path}/locks }\n  - { mode: Lock, mount: /locks/file }\n` +
      PATH,
  );
  const locker = scratch.file(
    "locker.c",
    `#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int c, char **v) {
  struct flock lock = { .l_type = F_WRLCK };
  if (fcntl(open(v[1], O_RDWR | O_CLOEXEC), F_SETLK, &lock)) return 1;
  pid_t child = fork();
  if (child == 0) execv(v[2], v + 2);
  int status;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}`,
  );
  assert.equal(exec("cc", ["-o", `${scratch.path}/locker`, locker]).code, 0);
  const held = exec(`${scratch.path}/locker`, [file, REDPAK, "run", node, "--", "true"]);
  assert.equal(held.code, 125);
  assert.match(held.stderr, /\/locks\/file/);
  assert.equal(redpak(["run", node, "--", "true"]).code, 0);
});

rootTest("what is configured and cannot be had stops the launch, with the place", () => {
  using scratch = new Scratch();
  const missing = scratch.node("m", SYSTEM + "  - { mode: RestrictedFile, mount: /x, path: /no/such/file }\n" + PATH);
  const result = redpak(["run", missing, "--", "true"]);
  assert.equal(result.code, 125);
  assert.match(result.stderr, /\/no\/such\/file/);
  assert.match(result.stderr, /ENOENT/);
  assert.match(result.stderr, /etc\/redpak\.yaml:\d+:\d+/);
  const below = scratch.node("b", SYSTEM + "  - { mode: Tmpfs, mount: /usr/no-such-directory }\n" + PATH);
  assert.equal(redpak(["run", below, "--", "true"]).code, 125);
});

rootTest("a configuration that others can write is refused", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  Deno.chmodSync(`${node}/etc/redpak.yaml`, 0o666);
  const result = redpak(["run", node, "--", "true"]);
  assert.equal(result.code, 3);
  assert.match(result.stderr, /redpak\.yaml/);
});

rootTest("a disabled node or ancestor does not run", () => {
  using scratch = new Scratch();
  const parent = scratch.node("p", SYSTEM + PATH);
  const child = scratch.node("p/c", PATH);
  assert.equal(redpak(["disable", parent]).code, 0);
  assert.equal(redpak(["run", child, "--", "true"]).code, 3);
  assert.equal(redpak(["enable", parent]).code, 0);
  assert.equal(redpak(["run", child, "--", "true"]).code, 0);
});
