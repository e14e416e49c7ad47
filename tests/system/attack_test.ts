/** Attacks on the launcher and from inside a node. The names in brackets are those of public advisories. */
import assert from "node:assert/strict";
import { exec, exists, PATH, REDPAK, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";

/** The victim's directory as it was, so that any change shows. */
function listing(path: string): string {
  return exec("find", [path, "-printf", "%p %m %u %s %y\n"]).stdout;
}

const UNDER_LINK = {
  directory: "{ mode: Anonymous, mount: /a/evil/x }",
  tmpfs: "{ mode: Tmpfs, mount: /a/evil/x }",
  file: "{ mode: Execfd, mount: /a/evil/x, path: echo text }",
  bind: "{ mode: Restricted, mount: /a/evil/x, path: /etc/passwd }",
  symlink: "{ mode: Symlink, mount: /a/evil/x, path: /etc }",
};

for (const [kind, entry] of Object.entries(UNDER_LINK)) {
  rootTest(`a symbolic link planted below a ${kind} export never leads to the host [CVE-2026-87766]`, () => {
    using scratch = new Scratch();
    for (const target of ["victim", "../../victim"]) {
      const victim = `${scratch.path}/victim`;
      const a = `${scratch.path}/data-${target.length}`;
      Deno.mkdirSync(victim, { recursive: true });
      Deno.mkdirSync(a);
      Deno.symlinkSync(target.startsWith(".") ? `../..${victim}` : victim, `${a}/evil`);
      const node = scratch.node(
        `n-${target.length}`,
        SYSTEM + `  - { mode: Public, mount: /a, path: ${a} }\n  - ${entry}\n` + PATH,
      );
      const before = listing(victim) + listing(a);
      const result = redpak(["run", node, "--", "true"]);
      assert.equal(result.code, 125, result.stderr);
      assert.match(result.stderr, /\/a\/evil/);
      assert.equal(listing(victim) + listing(a), before);
    }
  });
}

rootTest("creating a missing source follows no link that others could plant", () => {
  using scratch = new Scratch();
  Deno.mkdirSync(`${scratch.path}/victim`);
  Deno.mkdirSync(`${scratch.path}/open`);
  Deno.chmodSync(`${scratch.path}/open`, 0o777);
  Deno.chownSync(`${scratch.path}/open`, 65534, 65534);
  exec("ln", ["-s", `${scratch.path}/victim`, `${scratch.path}/open/link`], { uid: 65534 });
  const node = scratch.node(
    "n",
    SYSTEM + `  - { mode: Public, mount: /data, path: ${scratch.path}/open/link/made }\n` + PATH +
      "  set-user: 1000\n  set-group: 1000\n",
  );
  const before = listing(`${scratch.path}/victim`);
  const result = redpak(["run", node, "--", "true"]);
  assert.equal(result.code, 125, result.stderr);
  assert.equal(listing(`${scratch.path}/victim`), before);
});

rootTest("a link that a node's program could have made leads no source out of the node's directory", () => {
  using scratch = new Scratch();
  const { path } = scratch;
  Deno.mkdirSync(`${path}/victim`);
  const entry = (source: string) => SYSTEM + `  - { mode: Private, mount: /data, path: ${source} }\n` + PATH;
  const node = scratch.node("n", entry("$NODE_PATH/link"));
  Deno.mkdirSync(`${node}/inner`);
  Deno.symlinkSync(path, `${path}/way`);
  const before = listing(`${path}/victim`);
  for (const target of [`${path}/victim`, "../victim", "inner/../../victim"]) {
    Deno.symlinkSync(target, `${node}/link`);
    for (const source of [`${node}/link`, `${path}/way/n/link`, `${node}/inner/../link`, `${node}/link/made`]) {
      scratch.node("n", entry(source));
      const { code, stderr } = redpak(["run", node, "--", "true"]);
      assert.equal(code, 125, `${source} -> ${target}: ${stderr}`);
      assert.match(stderr, /n\/link" is a link in the directory of a node/);
    }
    Deno.removeSync(`${node}/link`);
  }
  assert.equal(listing(`${path}/victim`), before);
  Deno.symlinkSync("inner", `${node}/link`);
  scratch.node("n", entry("$NODE_PATH/link"));
  assert.equal(redpak(["run", node, "--", "true"]).code, 125, "of two directories they would choose what is written");
  scratch.node("n", entry("$NODE_PATH/link").replace("Private", "Restricted"));
  assert.equal(redpak(["run", node, "--", "true"]).code, 0, "what a node reads of itself is its own affair");
});

rootTest("mounts inside do not show on the host, mounts of the host do not show inside", async () => {
  using scratch = new Scratch();
  Deno.mkdirSync(`${scratch.path}/data/sub`, { recursive: true });
  const node = scratch.node(
    "n",
    SYSTEM +
      `  - { mode: Public, mount: /data, path: ${scratch.path}/data }\n  - { mode: Tmpfs, mount: /data/inside }\n` +
      PATH,
  );
  const before = Deno.readTextFileSync("/proc/self/mountinfo");
  const child = new Deno.Command(REDPAK, {
    args: [
      "run",
      node,
      "--",
      "sh",
      "-c",
      "touch /data/started; while [ ! -e /data/go ]; do sleep 0.05; done; ls /data/sub",
    ],
    stdout: "piped",
  }).spawn();
  while (!exists(`${scratch.path}/data/started`)) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(Deno.readTextFileSync("/proc/self/mountinfo"), before);
  assert.equal(exec("mount", ["-t", "tmpfs", "redpak-test", `${scratch.path}/data/sub`]).code, 0);
  try {
    Deno.writeTextFileSync(`${scratch.path}/data/sub/secret`, "");
    Deno.writeTextFileSync(`${scratch.path}/data/go`, "");
    const output = await child.output();
    assert.equal(new TextDecoder().decode(output.stdout), "");
  } finally {
    exec("umount", [`${scratch.path}/data/sub`]);
  }
});

rootTest("the node cannot change its mounts or the kernel's settings", () => {
  using scratch = new Scratch();
  Deno.mkdirSync(`${scratch.path}/data`);
  // With every capability inside its own user namespace, which is the most that a node can have.
  const node = scratch.node(
    "n",
    SYSTEM + `  - { mode: Restricted, mount: /data, path: ${scratch.path}/data }\n` + PATH +
      "  capabilities: [{ cap: ALL, add: 1 }]\n",
  );
  const pattern = Deno.readTextFileSync("/proc/sys/kernel/core_pattern").trim();
  const script =
    `umount /data && echo UMOUNT; mount -o remount,bind,rw /data && echo REMOUNT; touch /data/x && echo WRITE
    printf %s '${pattern}' >/proc/sys/kernel/core_pattern && echo CORE; echo end`;
  const result = redpak(["run", node, "--", "sh", "-c", script]);
  assert.equal(result.stdout, "end\n", result.stderr);
  assert.equal(Deno.readTextFileSync("/proc/sys/kernel/core_pattern").trim(), pattern);
});

rootTest("the old root cannot be reached", () => {
  using scratch = new Scratch();
  scratch.file("secret", "");
  const node = scratch.node("n", SYSTEM + PATH);
  const script = `for root in / /proc/1/root /proc/self/root /.. /proc/1/cwd; do
    [ -e "$root${scratch.path}/secret" ] && echo "$root"; done; grep -c . /proc/self/mountinfo; ls -A / | grep -i old`;
  const result = redpak(["run", node, "--", "sh", "-c", script]);
  assert.match(result.stdout, /^\d+\n$/, result.stdout + result.stderr);
});

rootTest("a program's name is never taken for an option [CVE-2024-32462]", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  assert.equal(redpak(["run", node, "--", "--bind", "/", "/"]).code, 127);
});

rootTest("the program cannot open the launcher for writing [CVE-2019-5736]", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const result = redpak([
    "run",
    node,
    "--",
    "sh",
    "-c",
    "ls -l /proc/1/exe; echo x >/proc/1/exe && echo WRITTEN; echo end",
  ]);
  assert(!result.stdout.includes("WRITTEN"));
});
