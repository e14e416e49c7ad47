/** `redpak explain`: what it says is what a node sees. */
import assert from "node:assert/strict";
import { PATH, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";

// deno-lint-ignore no-explicit-any -- the schema says what it is
function explain(node: string, subject: string, ...flags: string[]): any {
  const { code, stdout, stderr } = redpak(["explain", "--json", node, subject, ...flags]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout).data;
}

rootTest("the source that is named is what the program sees", () => {
  using scratch = new Scratch();
  const parent = scratch.node("p", SYSTEM + PATH);
  const child = scratch.node("p/c", `exports:\n  - { mode: Restricted, mount: /data, path: $NODE_PATH/d }\n`);
  const file = scratch.file("p/c/d/sub/f", "hello\n");
  const { source, access, onHost } = explain(child, "/data/sub/f");
  assert.deepEqual({ source, access, onHost }, { source: file, access: "read-only", onHost: "file" });
  assert.equal(redpak(["run", child, "--", "cat", "/data/sub/f"]).stdout, "hello\n");
  assert.equal(explain(parent, "/data/sub/f").mode, null);
});

rootTest("what lies over parts of /proc is said", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const { access, value } = explain(node, "/proc/kallsyms");
  assert.deepEqual([access, value], ["read-only", "part of /proc, Procfs, masked: there is nothing to be read"]);
  assert.equal(explain(node, "/proc/sys/kernel").access, "read-only");
  assert.equal(explain(node, "/proc/self").access, "writable");
  assert.equal(redpak(["run", node, "--", "cat", "/proc/kallsyms"]).stdout, "");
});

Deno.test("what a parent forbids is said with the value that is refused", () => {
  using scratch = new Scratch();
  scratch.node("p", "config:\n  share_net: disabled\n");
  const child = scratch.node("p/c", "exports:\n  - mode: Public\n    mount: /etc\nconfig:\n  share_all: enabled\n");
  assert.equal(explain(child, "/etc/x").refused[0].code, "E_LOOSENED_EXPORT");
  assert.equal(explain(child, "share_pid").refused[0].code, "E_LOOSENED_NAMESPACE");
  assert.deepEqual(explain(child, "hostname").refused, []);
});

Deno.test("files of the admin mode count when asked for", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", "config: { hostname: a }\n", "config: { hostname: b }\n");
  assert.equal(explain(node, "hostname").value, "a");
  assert.equal(explain(node, "hostname", "--admin").value, "b");
});

Deno.test("what is no key is refused, with what was meant", () => {
  using scratch = new Scratch();
  const { code, stderr } = redpak(["explain", scratch.node("n", ""), "hostnme"]);
  assert.equal(code, 2);
  assert.match(stderr, /did you mean hostname\?/);
});

Deno.test("a system call is explained by the filter that refuses it, and by what lifts that", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", "config:\n  seccomp: strict\n");
  const admin = scratch.node("a", "config:\n  capabilities: [ { cap: CAP_SYS_ADMIN, add: 1 } ]\n");
  const free = scratch.node("f", "config:\n  seccomp: none\n");
  const refused = explain(node, "mount");
  assert.deepEqual([refused.subject, refused.value.slice(0, 16)], ["syscall.mount", "refused (EPERM):"]);
  assert.deepEqual(
    refused.statements.map(({ says, where }: { says: string; where: { line: number } }) => [says, where.line]),
    [
      ["seccomp: strict", 6],
    ],
  );
  const lifted = explain(admin, "mount");
  assert.equal(lifted.value, "allowed: CAP_SYS_ADMIN lifts the refusal");
  assert.deepEqual(lifted.statements.map(({ where }: { where: { line: number } }) => where.line), [6]);
  assert.equal(explain(node, "read").value, "allowed by the filter strict");
  assert.equal(explain(free, "mount").value, "allowed: there is no filter");
  assert.match(explain(node, "clone").value, /^refused with some arguments \(EPERM\): /);
});

Deno.test("what a word means is fixed, and what it means as well is said", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", "environ:\n  - { key: mount, value: x }\nconfig:\n  umask: 027\n");
  const subjects = ["umask", "config.umask", "syscall.umask", "mount", "syscall.mount", "sync", "SYNC", "CAP_KILL"].map(
    (word) => explain(node, word),
  ).map(({ subject, others }) => [subject, ...others].join(" "));
  assert.deepEqual(subjects, [
    "config.umask syscall.umask",
    "config.umask",
    "syscall.umask",
    "environ.mount syscall.mount",
    "syscall.mount",
    "syscall.sync",
    "environ.SYNC",
    "config.capabilities.CAP_KILL",
  ]);
  assert.match(redpak(["explain", node, "umask"]).stdout, /also: redpak explain \S+ syscall\.umask/);
  assert.match(redpak(["explain", node, "syscall.nonsense"]).stderr, /it is no system call that is known/);
});
