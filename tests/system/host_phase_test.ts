/** The host phase against the real kernel, as root: what it builds, and attacks on it. */
import assert from "node:assert/strict";
import { type Mount, parseMountInfo } from "../../src/host/mount_info.ts";
import type { Operation } from "../../src/plan/operation.ts";
import type { LaunchRequest } from "./_launch_plan.ts";

const STAGE = await compile("fake_stage.c", "-static");
const ROOT = Deno.uid() === 0;

async function compile(source: string, ...flags: string[]): Promise<string> {
  const program = `${Deno.makeTempDirSync({ prefix: "redpak-test-" })}/${source.replace(".c", "")}`;
  globalThis.addEventListener(
    "unload",
    () => Deno.removeSync(program.slice(0, program.lastIndexOf("/")), { recursive: true }),
  );
  const path = new URL(source, import.meta.url).pathname;
  const result = await new Deno.Command("gcc", {
    args: ["-O1", "-Wall", "-Wextra", "-Werror", ...flags, "-o", program, path],
  }).output();
  assert(result.success, new TextDecoder().decode(result.stderr));
  return program;
}

interface Entry {
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly content: string;
}

interface Outcome {
  readonly code: number;
  /** Of the launch that failed. */
  readonly error: { readonly code: string; readonly message: string; readonly errno?: string } | undefined;
  readonly lines: readonly string[];
  readonly entries: ReadonlyMap<string, Entry>;
  /** Mounts of the new root, by destination. */
  readonly mounts: ReadonlyMap<string, Mount>;
  readonly trace: string;
}

/** A scratch directory with an empty node; removed, with all mounts below it, at the end of the test. */
class Scratch implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync({ prefix: "redpak-test-" });
  readonly node = `${this.path}/node`;
  readonly #mounted: string[] = [];

  constructor() {
    Deno.mkdirSync(this.node);
  }

  directory(name: string, owner = 0): string {
    const path = `${this.path}/${name}`;
    Deno.mkdirSync(path, { recursive: true });
    Deno.chownSync(path, owner, owner);
    return path;
  }

  async mountTmpfs(name: string): Promise<string> {
    const path = this.directory(name);
    await command("mount", "-t", "tmpfs", "redpak-test", path);
    this.#mounted.push(path);
    return path;
  }

  async launch(
    operations: readonly Operation[],
    options: Partial<LaunchRequest> & { via?: string[] } = {},
  ): Promise<Outcome> {
    const request: LaunchRequest = {
      node: this.node,
      missing: options.missing ?? [],
      trace: options.trace ?? false,
      operations: [
        { operation: "unshare", phase: "host", namespaces: ["mount"] },
        { operation: "make-private", phase: "host" },
        ...operations.filter(({ operation }) => operation === "ensure-directory"),
        { operation: "root", phase: "host", mode: 0o755, uid: 1000, gid: 1000 },
        ...operations.filter(({ operation }) => operation !== "ensure-directory"),
      ],
    };
    const file = `${this.path}/plan-${crypto.randomUUID()}.json`;
    Deno.writeTextFileSync(file, JSON.stringify(request));
    const script = new URL("_launch_plan.ts", import.meta.url).pathname;
    const [program = "", ...args] = [
      ...options.via ?? [],
      Deno.execPath(),
      "run",
      "--no-check",
      "-A",
      script,
      STAGE,
      file,
    ];
    const output = await new Deno.Command(program, {
      args,
      clearEnv: true,
      env: {
        HOME: "/root",
        PATH: Deno.env.get("PATH") ?? "",
        DENO_DIR: Deno.env.get("DENO_DIR") ?? "/root/.cache/deno",
      },
    }).output();
    Deno.removeSync(file);
    return this.#outcome(output.code, new TextDecoder().decode(output.stdout), new TextDecoder().decode(output.stderr));
  }

  #outcome(code: number, stdout: string, stderr: string): Outcome {
    const lines = stdout.split("\n");
    const fields = (kind: string) =>
      lines.filter((line) => line.startsWith(kind + "\t")).map((line) => line.slice(kind.length + 1));
    const failed = stderr.split("\n").find((line) => line.startsWith('{"code"'));
    return {
      code,
      error: failed === undefined ? undefined : JSON.parse(failed),
      lines,
      entries: new Map(
        fields("entry").map((line) => {
          const [path = "", mode = "", uid, gid, , content = ""] = line.split("\t");
          return [path, { mode, uid: Number(uid), gid: Number(gid), content }];
        }),
      ),
      mounts: new Map(
        parseMountInfo(fields("mount").join("\n")).filter(({ mountPoint }) => mountPoint.startsWith(this.node))
          .map((mount) => [mount.mountPoint.slice(this.node.length), mount]),
      ),
      trace: stderr,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const path of this.#mounted.reverse()) await command("umount", path);
    Deno.removeSync(this.path, { recursive: true });
  }
}

async function command(program: string, ...args: string[]): Promise<string> {
  const output = await new Deno.Command(program, { args }).output();
  assert(output.success, new TextDecoder().decode(output.stderr));
  return new TextDecoder().decode(output.stdout);
}

const bind = (
  source: string,
  destination: string,
  ...options: ("ro" | "nosuid" | "nodev" | "noexec")[]
): Operation => ({
  operation: "bind",
  phase: "host",
  source: { path: source },
  destination,
  options: options.length > 0 ? options : ["nosuid", "nodev"],
  optional: false,
});
const ensure = (path: string): Operation => ({
  operation: "ensure-directory",
  phase: "host",
  path,
  mode: 0o751,
  uid: 1000,
  gid: 1001,
});
const own = { phase: "host", uid: 1000, gid: 1001 } as const;

/** Kernels that the launch has to work on alike. */
const KERNELS: Readonly<Record<string, readonly string[]>> = {
  "a current kernel": [],
  "Linux 5.6 to 5.11": ["mount_setattr"],
  "Linux 5.2 to 5.5": ["mount_setattr", "openat2"],
  "Linux 4.19": ["mount_setattr", "openat2", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount"],
};

for (const [kernel, missing] of Object.entries(KERNELS)) {
  const test = (name: string, fn: (scratch: Scratch) => Promise<void>) =>
    Deno.test({
      name: `${kernel}: ${name}`,
      ignore: !ROOT,
      fn: async () => {
        await using scratch = new Scratch();
        await fn(scratch);
      },
    });

  test("the new root holds what the plan says, with its owners and modes", async (scratch) => {
    const source = scratch.directory("source");
    Deno.writeTextFileSync(`${source}/file`, "from the host");
    const outcome = await scratch.launch([
      bind(source, "/data/below"),
      bind(`${source}/file`, "/etc/file", "ro", "nosuid", "nodev"),
      { operation: "tmpfs", destination: "/dev", mode: 0o755, options: ["nosuid", "nodev"], ...own },
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
    assert(outcome.lines.includes("arguments\t1\tredpak"));
    assert(!outcome.lines.some((line) => line.startsWith("environment")));
  });

  test("read-only means all submounts (A10), whatever their own options are", async (scratch) => {
    const source = await scratch.mountTmpfs("source");
    await scratch.mountTmpfs("source/sub dir");
    const deep = await scratch.mountTmpfs("source/sub dir/deep");
    await command("mount", "-o", "remount,bind,noexec,noatime", deep);
    const outcome = await scratch.launch([bind(source, "/data", "ro", "nosuid", "nodev")], { missing });
    assert.equal(outcome.code, 0, outcome.trace);
    for (const path of ["/data", "/data/sub dir", "/data/sub dir/deep"]) {
      const options = outcome.mounts.get(path)?.options;
      assert(options?.has("ro") && options.has("nosuid") && options.has("nodev"), `${path} is ${[...options ?? []]}`);
    }
    const kept = outcome.mounts.get("/data/sub dir/deep")?.options;
    assert(kept?.has("noexec") && kept.has("noatime"), `${[...kept ?? []]}`);
  });

  test("no mount is a peer or a slave of one of the host (A14, A15)", async (scratch) => {
    const source = await scratch.mountTmpfs("source");
    await command("mount", "--make-shared", source);
    const outcome = await scratch.launch([bind(source, "/data")], { missing });
    assert.equal(outcome.code, 0, outcome.trace);
    assert.equal(outcome.mounts.size, 2);
    const propagated = outcome.lines.filter((line) =>
      line.startsWith("mount\t") && /\b(shared|master):/.test(line.split(" - ")[0] ?? "")
    );
    assert.deepEqual(propagated, []);
  });

  // A01: five operations, each through a link that a program of the node left in its writable directory.
  const through = (destination: string): Record<string, Operation> => ({
    bind: bind("/usr/share", destination),
    tmpfs: { operation: "tmpfs", destination, mode: 0o755, options: [], ...own },
    directory: { operation: "directory", destination, mode: 0o755, ...own },
    symlink: { operation: "symlink", phase: "host", target: "x", destination },
    file: { operation: "file", content: { text: "x" }, destination, mode: 0o666, ...own },
    devpts: { operation: "devpts", phase: "host", destination },
  });
  for (const name of Object.keys(through("/"))) {
    test(`a link in a writable export does not lead a ${name} astray (A01)`, async (scratch) => {
      const victim = scratch.directory("victim");
      for (
        const target of [victim, `../../../..${victim}`, `/proc/self/root${victim}`, `/proc/1/root${victim}`, "/", ".."]
      ) {
        const data = scratch.directory("data", 1000);
        Deno.symlinkSync(target, `${data}/evil`);
        await Promise.all(["/a/evil/x", "/a/evil/x/y", "/a/evil"].map(async (destination) => {
          const outcome = await scratch.launch([bind(data, "/a"), through(destination)[name] as Operation], {
            missing,
          });
          assert.equal(outcome.code, 125, `${destination} → ${target}`);
          // A link or file that is to be made at the link's own place finds it taken.
          const taken = destination === "/a/evil" && ["symlink", "file"].includes(name);
          assert.equal(outcome.error?.code, taken ? "E_LAUNCH" : "E_DESTINATION_SYMLINK");
          assert(!outcome.lines.some((line) => line.startsWith("arguments")), "the stage was started");
        }));
        Deno.removeSync(data, { recursive: true });
      }
      assert.deepEqual([...Deno.readDirSync(victim)], []);
    });
  }

  test("links on the node's own file systems and on read-only exports are followed, inside the root", async (scratch) => {
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
  });

  test("a missing destination in a read-only export is an error that tells what to do", async (scratch) => {
    const outcome = await scratch.launch([
      bind(scratch.directory("usr"), "/usr", "ro", "nosuid", "nodev"),
      bind("/usr/share", "/usr/missing/share"),
    ], { missing });
    assert.equal(outcome.code, 125);
    assert.equal(outcome.error?.code, "E_DESTINATION_READ_ONLY");
  });

  test("directories that cannot be read or entered by others are no obstacle (A30)", async (scratch) => {
    const data = scratch.directory("data");
    Deno.mkdirSync(`${data}/closed/inner`, { recursive: true });
    Deno.chmodSync(`${data}/closed`, 0o711);
    Deno.chmodSync(data, 0o000);
    const outcome = await scratch.launch([bind(data, "/a"), bind("/usr/share", "/a/closed/inner/new")], { missing });
    assert.equal(outcome.code, 0, outcome.trace);
    assert(outcome.mounts.has("/a/closed/inner/new"));
  });

  test("missing directories are made with the owner, and existing ones are left alone", async (scratch) => {
    const existing = scratch.directory("existing");
    const outcome = await scratch.launch([ensure(`${existing}/a/b`), bind(`${existing}/a/b`, "/b")], { missing });
    assert.equal(outcome.code, 0, outcome.trace);
    for (const path of ["a", "a/b"]) {
      const { uid, gid, mode } = Deno.statSync(`${existing}/${path}`);
      assert.deepEqual([uid, gid, (mode ?? 0) & 0o7777], [1000, 1001, 0o751]);
    }
    assert.equal(Deno.statSync(existing).uid, 0);
  });

  test("nothing is made or chowned through a link that others could have put there (A26)", async (scratch) => {
    const victim = scratch.directory("victim");
    const byOther = scratch.directory("other", 1000);
    Deno.symlinkSync(victim, `${byOther}/link`);
    await command("chown", "-h", "1000", `${byOther}/link`);
    const rootsInOther = scratch.directory("shared", 1000);
    Deno.symlinkSync(victim, `${rootsInOther}/link`);
    const open = scratch.directory("open");
    Deno.chmodSync(open, 0o1777);
    Deno.symlinkSync(victim, `${open}/link`);
    for (const directory of [byOther, rootsInOther, open]) {
      const outcome = await scratch.launch([ensure(`${directory}/link/new`)], { missing });
      assert.equal(outcome.code, 125);
      assert.equal(outcome.error?.code, "E_SOURCE_SYMLINK");
    }
    assert.deepEqual([...Deno.readDirSync(victim)], []);
    assert.equal(Deno.statSync(victim).uid, 0);
    const trusted = scratch.directory("trusted");
    Deno.symlinkSync(victim, `${trusted}/link`);
    assert.equal((await scratch.launch([ensure(`${trusted}/link/new`)], { missing })).code, 0);
  });

  test("a source behind a magic link of /proc is refused (A09), an absent one is named", async (scratch) => {
    for (const path of ["/proc/self/root/etc", "/proc/self/cwd", "/proc/thread-self/fd/0"]) {
      const outcome = await scratch.launch([bind(path, "/a")], { missing });
      assert.equal(outcome.error?.code, "E_SOURCE_SYMLINK", path);
    }
    const outcome = await scratch.launch([bind("/absent/source", "/a")], { missing });
    assert.equal(outcome.error?.message, 'Cannot bind "/absent/source": no such file or directory (ENOENT)');
    const optional = { ...bind("/absent/source", "/a"), optional: true } as Operation;
    assert.equal((await scratch.launch([optional], { missing })).code, 0);
  });

  test("exchanging a directory and a link while it launches leads nowhere (A02)", async (scratch) => {
    const victim = scratch.directory("victim");
    const data = scratch.directory("data", 1000);
    scratch.directory("data/entry", 1000);
    Deno.symlinkSync(victim, `${data}/other`);
    using _ = await swapping(data);
    for (let round = 0; round < 5; round++) {
      const outcome = await scratch.launch([
        bind(data, "/a"),
        ...Array.from({ length: 20 }, (_, index) => bind("/usr/share", `/a/entry/x${index}`)),
      ], { missing });
      assert([0, 125].includes(outcome.code), outcome.trace);
    }
    assert.deepEqual([...Deno.readDirSync(victim)], []);
  });
}

/** Exchanges `entry` and `other` of a directory as fast as it can. */
async function swapping(directory: string): Promise<Disposable> {
  const swap = await compile("swap.c");
  const process = new Deno.Command(swap, { args: [directory] }).spawn();
  return { [Symbol.dispose]: () => process.kill("SIGKILL") };
}

Deno.test({
  name: "a file left by the last launch in a writable export is replaced, not written to",
  ignore: !ROOT,
  fn: async () => {
    await using scratch = new Scratch();
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
  },
});

Deno.test({
  name: "two files at one place of the node's own file system are an error",
  ignore: !ROOT,
  fn: async () => {
    await using scratch = new Scratch();
    const file: Operation = { operation: "file", content: { text: "x" }, destination: "/f", mode: 0o666, ...own };
    assert.equal((await scratch.launch([file, file])).error?.message, 'Cannot create "/f": file exists (EEXIST)');
  },
});

Deno.test({
  name: "the trace shows each call with its result",
  ignore: !ROOT,
  fn: async () => {
    await using scratch = new Scratch();
    const { trace } = await scratch.launch([bind("/usr/share", "/a")], { trace: true });
    assert.match(trace, /^unshare\(CLONE_NEWNS\) = 0$/m);
    assert.match(
      trace,
      /^open_tree\(\d+, "", OPEN_TREE_CLONE\|OPEN_TREE_CLOEXEC\|AT_EMPTY_PATH\|AT_RECURSIVE\) = \d+$/m,
    );
    assert.match(trace, /^execveat\(\d+, "", \["redpak"\], \[\], AT_EMPTY_PATH\)$/m);
  },
});

Deno.test({
  name: "a launcher without privileges refuses with exit code 5",
  ignore: !ROOT,
  fn: async () => {
    await using scratch = new Scratch();
    Deno.chmodSync(scratch.path, 0o755);
    const outcome = await scratch.launch([], {
      via: ["setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"],
    });
    assert.equal(outcome.code, 5, outcome.trace);
    assert.equal(outcome.error?.code, "E_NOT_PERMITTED");
  },
});

Deno.test({
  name: "the launch works where a seccomp filter takes the new system calls away",
  ignore: !ROOT,
  fn: async () => {
    await using scratch = new Scratch();
    const enosys = await compile("enosys.c");
    const outcome = await scratch.launch([bind("/usr/share", "/a/b", "ro", "nosuid", "nodev")], {
      via: [enosys, "428", "429", "430", "431", "432", "437", "442", "--"],
      trace: true,
    });
    assert.equal(outcome.code, 0, outcome.trace);
    assert(outcome.mounts.get("/a/b")?.options.has("ro"));
    assert.doesNotMatch(outcome.trace, /open_tree|openat2|mount_setattr/);
  },
});
