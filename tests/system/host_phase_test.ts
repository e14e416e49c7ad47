/** The host phase against the real kernel: what it builds. */
import assert from "node:assert/strict";
import type { Operation } from "../../src/plan/operation.ts";
import { compile } from "./_compile.ts";
import { bind, ensure, own, roomy, testAsRoot, testOnKernels } from "./_host_phase.ts";

testOnKernels("the new root holds what the plan says, with its owners and modes", async (scratch, missing) => {
  const source = scratch.directory("source");
  Deno.writeTextFileSync(`${source}/file`, "from the host");
  const outcome = await scratch.launch([
    bind(source, "/data/below"),
    bind(`${source}/file`, "/etc/file", "ro", "nosuid", "nodev"),
    { operation: "tmpfs", destination: "/dev", mode: 0o755, options: ["nosuid", "nodev"], ...roomy, ...own },
    bind("/dev/null", "/dev/null", "nosuid", "noexec"),
    { operation: "directory", destination: "/usr/lib", mode: 0o750, ...own },
    { operation: "symlink", phase: "host", target: "usr/lib", destination: "/lib" },
    { operation: "symlink", phase: "host", target: "usr/lib", destination: "/lib" },
    { operation: "file", content: { text: "content" }, destination: "/lib/made", mode: 0o666, ...own },
    { operation: "devpts", phase: "host", destination: "/dev/pts" },
    bind("/proc", "/proc", "nosuid", "nodev", "noexec"),
    { operation: "protect", phase: "host", destination: "/proc/sys" },
    { operation: "protect", phase: "host", destination: "/proc/missing" },
  ], { missing });
  assert.equal(outcome.code, 0, outcome.trace);
  const entry = (path: string) => outcome.entries.get(path);
  assert.deepEqual(entry(""), { mode: "40755", uid: 1000, gid: 1000, content: "" });
  assert.equal(entry("/data/below/file")?.content, "from the host");
  assert.equal(entry("/etc/file")?.content, "from the host");
  assert.deepEqual(entry("/data"), { mode: "40755", uid: 1000, gid: 1000, content: "" });
  assert.deepEqual(entry("/usr/lib"), { mode: "40750", uid: 1000, gid: 1001, content: "" });
  assert.deepEqual(entry("/usr/lib/made"), { mode: "100666", uid: 1000, gid: 1001, content: "content" });
  assert.equal(entry("/lib")?.content, "usr/lib");
  assert.equal(entry("/dev/null")?.mode, "20666");
  assert.deepEqual([...outcome.mounts.keys()].sort(), [
    "",
    "/data/below",
    "/dev",
    "/dev/null",
    "/dev/pts",
    "/etc/file",
    "/proc",
    "/proc/sys",
  ]);
  const options = (path: string) =>
    ["ro", "nosuid", "nodev", "noexec"].filter((word) => outcome.mounts.get(path)?.options.has(word)).join();
  assert.equal(options(""), "nosuid,nodev");
  assert.equal(options("/data/below"), "nosuid,nodev");
  assert.equal(options("/etc/file"), "ro,nosuid,nodev");
  assert.equal(options("/dev"), "nosuid,nodev");
  assert.equal(options("/dev/null"), "nosuid,noexec");
  assert.equal(options("/dev/pts"), "nosuid,noexec");
  assert.equal(options("/proc/sys"), "ro,nosuid,nodev,noexec");
  assert(!outcome.lines.some((line) => line.startsWith("arguments")) || outcome.lines.includes("arguments\t1\tredpak"));
  assert(!outcome.lines.some((line) => line.startsWith("environment")));
});

testOnKernels("a tmpfs is as large as the plan says", async (scratch, missing) => {
  const common = { operation: "tmpfs", mode: 0o755, options: ["nosuid"], ...own } as const;
  const outcome = await scratch.launch([
    { ...common, destination: "/small", size: 65_536n, inodes: 9 },
    { ...common, destination: "/large", size: 2n ** 33n, inodes: 2 ** 32 - 1 },
    { ...common, destination: "/any", size: 0n, inodes: 0 },
  ], { missing });
  assert.equal(outcome.code, 0, outcome.trace);
  const limits = (path: string) =>
    [...outcome.mounts.get(path)?.superOptions ?? []].filter((option) => /^(?:size|nr_inodes)=/.test(option)).sort();
  assert.deepEqual(limits(""), ["nr_inodes=4096", "size=16384k"]);
  assert.deepEqual(limits("/small"), ["nr_inodes=9", "size=64k"]);
  assert.deepEqual(limits("/large"), ["nr_inodes=4294967295", "size=8388608k"]);
  assert.deepEqual(limits("/any"), []);
});

testOnKernels(
  "links on the node's own file systems and on read-only exports are followed, inside the root",
  async (scratch, missing) => {
    const usr = scratch.directory("usr");
    scratch.directory("usr/lib");
    Deno.symlinkSync("/own", `${usr}/absolute`);
    Deno.symlinkSync("../../../../own", `${usr}/climbing`);
    const outcome = await scratch.launch([
      bind(usr, "/usr", "ro", "nosuid", "nodev"),
      { operation: "directory", destination: "/own", mode: 0o755, ...own },
      { operation: "directory", destination: "/usr/absolute/one", mode: 0o755, ...own },
      { operation: "directory", destination: "/usr/climbing/two", mode: 0o755, ...own },
    ], { missing });
    assert.equal(outcome.code, 0, outcome.trace);
    assert(outcome.entries.has("/own/one") && outcome.entries.has("/own/two"));
  },
);

testOnKernels(
  "a missing destination in a read-only export is an error that tells what to do",
  async (scratch, missing) => {
    const outcome = await scratch.launch([
      bind(scratch.directory("usr"), "/usr", "ro", "nosuid", "nodev"),
      bind("/usr/share", "/usr/missing/share"),
    ], { missing });
    assert.equal(outcome.code, 125);
    assert.equal(outcome.error?.code, "E_DESTINATION_READ_ONLY");
  },
);

testOnKernels(
  "missing directories are made with the owner, and existing ones are left alone",
  async (scratch, missing) => {
    const existing = scratch.directory("existing");
    const outcome = await scratch.launch([ensure(`${existing}/a/b`), bind(`${existing}/a/b`, "/b")], { missing });
    assert.equal(outcome.code, 0, outcome.trace);
    for (const path of ["a", "a/b"]) {
      const { uid, gid, mode } = Deno.statSync(`${existing}/${path}`);
      assert.deepEqual([uid, gid, (mode ?? 0) & 0o7777], [1000, 1001, 0o751]);
    }
    assert.equal(Deno.statSync(existing).uid, 0);
  },
);

testAsRoot("a file left by the last launch in a writable export is replaced, not written to", async (scratch) => {
  const precious = `${scratch.directory("precious")}/file`;
  Deno.writeTextFileSync(precious, "precious");
  const data = scratch.directory("data", 1000);
  Deno.linkSync(precious, `${data}/made`);
  const file: Operation = {
    operation: "file",
    content: { text: "new" },
    destination: "/a/made",
    mode: 0o666,
    ...own,
  };
  assert.equal((await scratch.launch([bind(data, "/a"), file])).code, 0);
  assert.equal(Deno.readTextFileSync(`${data}/made`), "new");
  assert.equal(Deno.readTextFileSync(precious), "precious");
  assert.equal(Deno.statSync(precious).uid, 0);
});

testAsRoot("two files at one place of the node's own file system are an error", async (scratch) => {
  const file: Operation = { operation: "file", content: { text: "x" }, destination: "/f", mode: 0o666, ...own };
  assert.equal((await scratch.launch([file, file])).error?.message, 'Cannot create "/f": file exists (EEXIST)');
});

testAsRoot("the trace shows each call with its result", async (scratch) => {
  const { trace } = await scratch.launch([bind("/usr/share", "/a")], { trace: true });
  assert.match(trace, /^unshare\(CLONE_NEWNS\) = 0$/m);
  assert.match(
    trace,
    /^open_tree\(\d+, "", OPEN_TREE_CLONE\|OPEN_TREE_CLOEXEC\|AT_EMPTY_PATH\|AT_RECURSIVE\) = \d+$/m,
  );
  assert.match(trace, /^execveat\(\d+, "", \["redpak"\], \[\], AT_EMPTY_PATH\)$/m);
});

testAsRoot("a launcher without privileges refuses with exit code 5", async (scratch) => {
  Deno.chmodSync(scratch.path, 0o755);
  const outcome = await scratch.launch([], {
    via: ["setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"],
  });
  assert.equal(outcome.code, 5, outcome.trace);
  assert.equal(outcome.error?.code, "E_NOT_PERMITTED");
});

testAsRoot("the launch works where a seccomp filter takes the new system calls away", async (scratch) => {
  const enosys = await compile("enosys.c");
  const outcome = await scratch.launch([bind("/usr/share", "/a/b", "ro", "nosuid", "nodev")], {
    via: [enosys, "428", "429", "430", "431", "432", "437", "442", "--"],
    trace: true,
  });
  assert.equal(outcome.code, 0, outcome.trace);
  assert(outcome.mounts.get("/a/b")?.options.has("ro"));
  assert.doesNotMatch(outcome.trace, /open_tree|openat2|mount_setattr/);
});

testAsRoot("an inherited descriptor is bound, and its content copied", async (scratch) => {
  const source = `${scratch.directory("source")}/file`;
  Deno.writeTextFileSync(source, "inherited");
  const outcome = await scratch.launch([
    { ...bind("", "/bound"), source: { descriptor: 9 } } as Operation,
    { operation: "file", content: { descriptor: 9 }, destination: "/copied", mode: 0o600, ...own },
  ], { via: ["sh", "-c", `exec "$@" 9<"${source}"`, "sh"] });
  assert.equal(outcome.code, 0, outcome.trace);
  assert.equal(outcome.entries.get("/bound")?.content, "inherited");
  assert.equal(outcome.entries.get("/copied")?.content, "inherited");
  assert.equal(outcome.entries.get("/copied")?.mode, "100600");
});

testAsRoot("a descriptor whose file is not found again by its path is refused", async (scratch) => {
  const source = `${scratch.directory("source")}/file`;
  Deno.writeTextFileSync(source, "");
  const outcome = await scratch.launch([{ ...bind("", "/bound"), source: { descriptor: 9 } } as Operation], {
    via: ["sh", "-c", `exec 9<"${source}"; rm "${source}"; echo other > "${source} (deleted)"; exec "$@"`, "sh"],
  });
  assert.equal(outcome.error?.code, "E_SOURCE_CHANGED");
});

testAsRoot("neither a failed nor a successful launch leaves a mount on the host", async (scratch) => {
  assert.equal((await scratch.launch([bind("/usr/share", "/a"), bind("/usr/bin", "/a/missing\0")])).code, 125);
  assert.equal((await scratch.launch([bind("/usr/share", "/a")])).code, 0);
  assert(!Deno.readTextFileSync("/proc/self/mountinfo").includes(scratch.path));
});
