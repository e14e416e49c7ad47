/** Nodes that root launches: ids of their own, owners on the disk that stay what they are, and what uid 0 inside is not. */
import assert from "node:assert/strict";
import { isIdBase } from "../../src/config/id_range.ts";
import { compile } from "./_compile.ts";
import { exec, PATH, REDPAK, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";
import { Running } from "./_running.ts";

function withExports(...lines: string[]): string {
  return SYSTEM + lines.map((line) => `  - ${line}\n`).join("");
}

function inNode(node: string, script: string, ...options: string[]) {
  return redpak(["run", ...options, node, "--", "sh", "-c", script]);
}

function idMap(text: string): number[] {
  return text.trim().split(/\s+/).map(Number);
}

function owner(path: string): (number | null)[] {
  const { uid, gid } = Deno.lstatSync(path);
  return [uid, gid];
}

rootTest("each node has 65536 ids of its own, a child others than its parent", () => {
  using scratch = new Scratch();
  const maps = ["top", "top/child"].map((name) => {
    const { stdout, stderr } = inNode(scratch.node(name, SYSTEM + PATH), "cat /proc/self/uid_map /proc/self/gid_map");
    const [inside, base = 0, count, ...groups] = idMap(stdout);
    assert.deepEqual([inside, count, groups], [0, 65_536, [0, base, 65_536]], stderr);
    assert.ok(isIdBase(base));
    return base;
  });
  assert.notEqual(maps[0], maps[1]);
});

rootTest("the ids that the status file records are the node's, and the plan shows them", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  Deno.writeTextFileSync(`${node}/.rednode.yaml`, `ids: ${0x7abc_0000}\n`, { append: true });
  assert.deepEqual(idMap(inNode(node, "cat /proc/self/uid_map").stdout), [0, 0x7abc_0000, 65_536]);
  assert.match(redpak(["plan", node]).stdout, new RegExp(`clone .* uid 0→${0x7abc_0000}×65536`));
});

rootTest("ids inside are the host's only where it is written down, or redpak 2.5 would do it", () => {
  using scratch = new Scratch();
  const shared = SYSTEM + PATH + "  share_user: enabled\n";
  const [host, map] = [Deno.readTextFileSync("/proc/self/uid_map"), "cat /proc/self/uid_map"];
  assert.equal(inNode(scratch.node("shared", shared), map).stdout, host);
  assert.deepEqual(idMap(inNode(scratch.node("shared", SYSTEM + PATH), map, "--compat").stdout), [0, 0, 1]);
  scratch.node("top", SYSTEM + PATH);
  const { code, stderr } = inNode(scratch.node("top/child", shared), map);
  assert.equal(code, 3);
  assert.match(stderr, /Cannot share the user namespace/);
});

rootTest("what a node writes belongs on the disk to the ids inside, and what is there to whom it did", () => {
  using scratch = new Scratch();
  scratch.file("data/old", "");
  Deno.chownSync(`${scratch.path}/data/old`, 1000, 1001);
  Deno.chownSync(`${scratch.path}/data`, 1234, 77);
  const node = scratch.node(
    "n",
    withExports(
      `{ mode: Public, mount: /data, path: ${scratch.path}/data }`,
      `{ mode: Public, mount: /data/below, path: ${scratch.path}/made/by/launch }`,
      "{ mode: Execfd, mount: /data/file, path: echo text }",
      "{ mode: Private, mount: /own, path: $NODE_PATH/own }",
      "{ mode: Anonymous, mount: /anonymous }",
    ) + PATH + "  set-user: 1234\n  set-group: 77\n",
  );
  const { stdout, stderr } = inNode(node, "touch /data/new /own/new; stat -c %u:%g /data /data/old /anonymous; id -u");
  assert.deepEqual(stdout.split("\n"), ["1234:77", "1000:1001", "1234:77", "1234", ""], stderr);
  const made = ["data/new", "data/below", "data/file", "made", "made/by/launch", "n/own", "n/own/new"];
  for (const name of made) assert.deepEqual(owner(`${scratch.path}/${name}`), [1234, 77], name);
  assert.deepEqual(owner(`${scratch.path}/data/old`), [1000, 1001]);
});

rootTest("what is root's alone stays so in a read-only export, but not in the node's own directory", () => {
  using scratch = new Scratch();
  scratch.file("secret", "secret\n", 0o600);
  const node = scratch.node(
    "n",
    withExports(
      `{ mode: RestrictedFile, mount: /secret, path: ${scratch.path}/secret }`,
      "{ mode: Restricted, mount: /own, path: $NODE_PATH/own }",
    ) + PATH,
  );
  scratch.file("n/own/file", "own\n", 0o600);
  const { stdout, stderr } = inNode(node, "cat /own/file; cat /secret");
  assert.equal(stdout, "own\n");
  assert.match(stderr, /Permission denied/);
});

rootTest("a mount with other owners is as restricted as any", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", withExports(`{ mode: Public, mount: /data, path: ${scratch.path}/data }`) + PATH);
  const { stdout, stderr } = inNode(node, "grep ' /data ' /proc/self/mountinfo");
  assert.match(stdout, / \/data rw,nosuid,nodev,.*idmapped/, stderr);
});

/** A node that runs, and the process id of its program on the host. */
async function start(node: string) {
  const args = ["run", node, "--", "sh", "-c", "echo ready; exec sleep 1000"];
  const process = new Deno.Command(REDPAK, { args, stdout: "piped" }).spawn();
  const reader = process.stdout.getReader();
  await reader.read();
  const child = (pid: number) => Number(Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`));
  return {
    program: child(child(process.pid)),
    async [Symbol.asyncDispose]() {
      process.kill("SIGTERM");
      await reader.cancel();
      await process.status;
    },
  };
}

/** Runs a command with the node's ids, all capabilities of its user namespace, and all else of the host. */
function asNode(pid: number, ...command: string[]) {
  return exec("nsenter", ["-t", String(pid), "--user", "--setuid", "0", "--setgid", "0", "--", ...command]);
}

rootTest("uid 0 inside is not root: it can neither write the host's settings nor signal another node", async () => {
  using scratch = new Scratch();
  const [first, second] = ["first", "second"].map((name) => scratch.node(name, SYSTEM + PATH));
  await using one = await start(first!);
  await using other = await start(second!);
  const path = "/proc/sys/kernel/core_pattern";
  const write = asNode(one.program, "sh", "-c", `printf %s "$0" >${path}`, Deno.readTextFileSync(path).trimEnd());
  assert.match(write.stderr, /Permission denied/);
  assert.equal(asNode(one.program, "sh", "-c", 'kill -0 "$0"', String(one.program)).code, 0);
  assert.match(asNode(one.program, "sh", "-c", 'kill -0 "$0"', String(other.program)).stderr, /not permitted/);
});

rootTest("a node with the ids of another can signal it where it sees it, and reaches none of its files", async () => {
  using scratch = new Scratch();
  const root = { name: "root", uid: 0, directory: "/run/redpak", env: {} };
  const ids = (node: string, base: number) => {
    Deno.writeTextFileSync(`${node}/.rednode.yaml`, `ids: ${base}\n`, { append: true });
    return node;
  };
  const secret = scratch.file("secret", "secret\n");
  const other = ids(
    scratch.node("other", withExports(`{ mode: RestrictedFile, mount: /secret, path: ${secret} }`) + PATH),
    0x7abc_0000,
  );
  await using running = await Running.start(root, other);
  const { program } = running.listed;
  // Older kernels have no Landlock, which refuses both.
  const shared = PATH + "  share_pid: enabled\n  landlock: off\n";
  const [same, different] = [0x7abc_0000, 0x7abd_0000].map((base) =>
    ids(scratch.node(`n${base}`, SYSTEM + shared), base)
  );
  const script = `kill -0 ${program} && echo signals
    for file in root/secret environ fd/0 cwd exe maps mem ns/mnt; do cat /proc/${program}/$file; done
    readlink /proc/${program}/root /proc/${program}/exe; true`;
  assert.equal(exec("cat", [`/proc/${program}/root/secret`]).stdout, "secret\n");
  const results = [same!, different!].map((node) => inNode(node, script));
  assert.deepEqual(results.map(({ stdout }) => stdout), ["signals\n", ""], results[0]!.stderr);
  // It is refused by the kernel's rules for tracing, not for want of the process.
  assert.equal(results[0]!.stderr.match(/Permission denied/g)?.length, 8, results[0]!.stderr);
});

rootTest("a writable export that cannot keep its owners stops the launch, with what to do", async () => {
  using scratch = new Scratch();
  const sysfs = scratch.node("sysfs", withExports("{ mode: Public, mount: /x, path: /sys/kernel }") + PATH);
  const data = scratch.node("old", withExports(`{ mode: Public, mount: /x, path: ${scratch.path}/data }`) + PATH);
  const results = [inNode(sysfs, "true")];
  // mount_setattr(2) on x86_64: Linux 5.11 has none.
  if (Deno.build.arch === "x86_64") {
    results.push(exec(await compile("enosys.c"), ["442", "--", REDPAK, "run", data, "--", "true"]));
  }
  for (const { code, stderr } of results) {
    assert.equal(code, 125);
    assert.match(stderr, /Cannot bind .*id-mapped mounts.*\n.*configured at .*\n(.*\n)*.*share_user: enabled/);
  }
});

rootTest("a program can open the pipe that is its standard output, and no file of root's", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const script = "echo opened >/dev/stdout";
  assert.equal(inNode(node, script).stdout, "opened\n");
  const launch = [REDPAK, "run", node, "--", "sh", "-c", script];
  const file = exec("sh", ["-c", 'exec "$@" >"$0"', `${scratch.path}/out`, ...launch]);
  assert.match(file.stderr, /Permission denied/);
});

rootTest("created nodes get different ids, and check finds those that have the same", () => {
  using scratch = new Scratch();
  const names = ["top", "top/a", "top/b"].map((name) => `${scratch.path}/${name}`);
  for (const name of names) assert.equal(redpak(["create", name]).code, 0);
  const recorded = names.map((name) => /^ids: (\d+)$/m.exec(Deno.readTextFileSync(`${name}/.rednode.yaml`))?.[1]);
  assert.equal(new Set(recorded).size, 3, recorded.join());
  assert.doesNotMatch(redpak(["check", scratch.path]).stdout, /apart/);
  const status = `${names[2]}/.rednode.yaml`;
  Deno.writeTextFileSync(status, Deno.readTextFileSync(status).replace(/^ids: .*$/m, `ids: ${recorded[1]}`));
  const { code, stdout } = redpak(["check", scratch.path]);
  assert.equal(code, 3);
  assert.match(
    stdout,
    /Cannot keep ".*\/top\/b" and ".*\/top\/a" apart: .*\n.*configured at .*top\/b\/\.rednode\.yaml/,
  );
});
