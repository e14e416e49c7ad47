/** The filter of system calls in a node: what a program gets, seen by itself. */
import assert from "node:assert/strict";
import { exec, exists, MISSING, PATH, REDPAK, redpak, type Result, rootTest, Scratch, SYSTEM } from "./_node.ts";
import { REFUSED as EVERYWHERE } from "./_seccomp_answers.ts";

const here = new URL(".", import.meta.url).pathname;
const X86 = Deno.build.arch === "x86_64";

const REFUSED = { ...EVERYWHERE, ...X86 ? { "i386": "SYS", "x32": "SYS" } : {} };
const ALLOWED = [
  "threads",
  "personality-query",
  "personality-linux",
  "unix",
  "inet",
  "netlink-route",
  "mknod-fifo",
  "memfd-noexec",
];
const AT_RUN_TIME = ["unshare-files", "memfd", "map-write-exec", "protect-exec"];

let built: string | undefined;
globalThis.addEventListener("unload", () => built && Deno.removeSync(built, { recursive: true }));

/** A program of this folder, static: it runs in any node. */
function compile(name: string): string {
  if (built === undefined) {
    built = Deno.makeTempDirSync({ prefix: "redpak-probe-" });
    Deno.chmodSync(built, 0o755);
  }
  const path = `${built}/${name}`;
  if (!exists(path)) {
    const { code, stderr } = exec("cc", ["-O1", "-Wall", "-static", "-pthread", "-o", path, `${here}${name}.c`]);
    assert.equal(code, 0, stderr);
  }
  return path;
}

function node(scratch: Scratch, config: string): string {
  const probe = compile("seccomp_probe");
  return scratch.node("n", `${SYSTEM}  - { mode: RestrictedFile, mount: /probe, path: ${probe} }\n${PATH}${config}`);
}

/** What the attempts get in a node with this in its `config`, by their names. */
function probe(config: string): ReadonlyMap<string, string> {
  using scratch = new Scratch();
  const { code, stdout, stderr } = redpak(["run", node(scratch, config), "--", "/probe"]);
  assert.equal(code, 0, stderr);
  return new Map(stdout.trim().split("\n").map((line) => line.split(" ") as [string, string]));
}

rootTest("by default a program gets what programs need, and no way into the rest of the kernel", () => {
  const seen = probe("");
  for (const [name, result] of Object.entries(REFUSED)) assert.equal(seen.get(name), result, name);
  for (const name of [...ALLOWED, ...AT_RUN_TIME]) assert.equal(seen.get(name), "ok", name);
  assert.equal(seen.get("tiocgwinsz"), "ENOTTY", "the kernel is asked");
});

rootTest("the strict profile refuses code that is made at run time as well", () => {
  const seen = probe("  seccomp: strict\n");
  for (const [name, result] of Object.entries(REFUSED)) assert.equal(seen.get(name), result, name);
  for (const name of ALLOWED) assert.equal(seen.get(name), "ok", name);
  for (const name of AT_RUN_TIME) assert.equal(seen.get(name), "EPERM", name);
});

const FILTERED = "skipped: what stands in for an older kernel is a filter as well";

rootTest("without a profile the kernel alone decides", () => {
  if (MISSING.length > 0) return console.log(FILTERED);
  const seen = probe("  seccomp: none\n");
  const expected = {
    "unshare-user": "ok",
    "clone3": "EINVAL",
    "tiocsti": "ENOTTY",
    "personality": "ok",
    "memfd": "ok",
  };
  for (const [name, result] of Object.entries(expected)) assert.equal(seen.get(name), result, name);
});

rootTest("a capability brings the calls that need it, and no others", () => {
  if (MISSING.length > 0) return console.log(FILTERED);
  const seen = probe("  capabilities: [{ cap: CAP_SYS_ADMIN, add: 1 }]\n");
  for (const name of ["unshare-user", "unshare-mount", "clone-user"]) assert.equal(seen.get(name), "ok", name);
  assert.deepEqual([seen.get("clone3"), seen.get("setns")], ["EINVAL", "EBADF"]);
  const others = [
    "ptrace",
    "module",
    "reboot",
    "acct",
    "keyctl",
    "io_uring",
    "tiocsti",
    "vsock",
    "alg",
    "personality",
  ] as const;
  for (const name of others) assert.equal(seen.get(name), REFUSED[name], name);
});

rootTest("the kernel reports one filter, for every thread", () => {
  if (MISSING.length > 0) return console.log(FILTERED);
  using scratch = new Scratch();
  const script = "cat /proc/$$/task/*/status";
  for (const [config, mode] of [["", 2], ["  seccomp: strict\n", 2], ["  seccomp: none\n", 0]] as const) {
    const { stdout } = redpak(["run", node(scratch, config), "--", "sh", "-c", script]);
    assert.match(stdout, new RegExp(`^Seccomp:\\t${mode}$`, "m"));
  }
});

/** Ordinary programs, as far as this machine has them. */
const PROGRAMS: Readonly<Record<string, string>> = {
  "/usr/bin/bash": "x=$(echo a | tr a b); (exit 3); [ $x$? = b3 ] && coproc cat && kill %1",
  "/usr/bin/python3": `python3 -c '
import threading, subprocess, socket, tempfile, ctypes, multiprocessing
t = [threading.Thread(target=lambda: None) for _ in range(20)]; [x.start() for x in t]; [x.join() for x in t]
assert subprocess.check_output(["echo", "x"]) == b"x\\n"
a, b = socket.socketpair(); a.send(b"x"); assert b.recv(1) == b"x"
multiprocessing.get_context("fork").Pool(2).map(abs, [1]); tempfile.TemporaryFile()'`,
  "/usr/bin/perl": `perl -e 'fork // die; wait; print \`echo x\`'`,
  "/usr/bin/node": `node -e 'const w = require("worker_threads"); new w.Worker("1", { eval: true });
    require("fs").promises.readFile("/proc/self/status"); require("child_process").execSync("true")'`,
  "/usr/bin/deno": `DENO_DIR=/tmp/d deno eval 'new Worker("data:text/javascript,close()", { type: "module" });
    await Deno.readTextFile("/usr/bin/env").catch(() => 0)'`,
  "/usr/bin/apt-get": "apt-get --version >/tmp/v && apt-config dump >/tmp/v",
  "/usr/bin/dpkg": "dpkg --print-architecture && dpkg-query --version",
  "/usr/bin/tar": "cd /tmp && mkdir t && touch t/x && tar czf t.tgz t && tar xzf t.tgz",
  "/usr/bin/cc": "echo 'int main(void) { return 0; }' >/tmp/m.c && cc -o /tmp/m /tmp/m.c && /tmp/m",
  "/usr/bin/git": "cd /tmp && export HOME=/tmp && git init -q g && git -C g status",
  "/usr/bin/busybox": "busybox ls /usr >/tmp/l && busybox date && busybox ifconfig lo",
  "/usr/bin/find": "find /usr/bin -name 'b*' -print0 | xargs -0 -P 4 -n 10 ls -d | sort >/tmp/s",
};

for (const profile of ["default", "strict"]) {
  // These compile at run time, which strict is there to refuse.
  const jit = ["/usr/bin/node", "/usr/bin/deno"];
  for (const [program, script] of Object.entries(PROGRAMS)) {
    if (!exists(program) || (profile === "strict" && jit.includes(program))) continue;
    rootTest(`${program} works with the ${profile} profile`, () => {
      using scratch = new Scratch();
      const etc = "  - { mode: Restricted, mount: /etc, path: /etc }\n";
      // What a compiler has made is run, too.
      const system = SYSTEM.replace("mount: /tmp }", "mount: /tmp, exec: true }");
      const path = scratch.node("n", `${system}${etc}${PATH}  seccomp: ${profile}\n  tmpfs-exec: true\n`);
      const { code, stderr } = redpak(["run", path, "--", "bash", "-c", script]);
      assert.equal(code, 0, stderr);
    });
  }
}

/** Runs redpak in a kernel that lacks the system calls with these numbers. */
function without(numbers: readonly number[], args: readonly string[]): Result {
  return exec(compile("enosys"), [...numbers.map(String), "--", REDPAK, ...args]);
}

rootTest("without filters in the kernel, a node that shall have one does not start", () => {
  using scratch = new Scratch();
  const seccomp = X86 ? 317 : 277;
  const { code, stderr } = without([seccomp], ["run", node(scratch, ""), "--", "true"]);
  assert.equal(code, 125);
  assert.match(stderr, /^redpak: Cannot filter system calls by "default": .* \(ENOSYS\)\n {2}hint: /m);
  assert.equal(without([seccomp], ["run", node(scratch, "  seccomp: none\n"), "--", "true"]).code, 0);
});

rootTest("a child cannot have a looser profile than its parent", () => {
  using scratch = new Scratch();
  const config = (seccomp: string) => `${SYSTEM}${PATH}${seccomp && `  seccomp: ${seccomp}\n`}`;
  for (
    const [parent, child, code] of [["", "none", 3], ["strict", "default", 3], ["strict", "", 0], ["", "strict", 0]]
  ) {
    scratch.node("p", config(`${parent}`));
    const path = scratch.node("p/c", config(`${child}`));
    const result = redpak(["run", path, "--", "true"]);
    assert.equal(result.code, code, result.stderr);
    if (code !== 0) assert.match(result.stderr, /Cannot set seccomp to /);
  }
});
