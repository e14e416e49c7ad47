/** The limits that a node has although nobody asked for them, and how they are changed. */
import assert from "node:assert/strict";
import { exec, isRoot, PATH, REDPAK, redpak, type Result, Scratch, SYSTEM } from "./_node.ts";

/** Nobody of the user database, but where the tests run as an ordinary user. */
const USER = isRoot ? 61_235 : Deno.uid() ?? 0;

interface Setting {
  readonly exports?: string;
  readonly config?: string;
  readonly options?: readonly string[];
}

/** Runs a shell script in a node. */
type Run = (script: string, setting?: Setting) => Result;

/** A test for each who may launch. */
function testForAll(claim: string, body: (run: Run) => void): void {
  for (const [caller, uid] of isRoot ? [["root", 0], ["a user", USER]] as const : [["a user", USER]] as const) {
    Deno.test(`${claim}, launched by ${caller}`, () => {
      using scratch = new Scratch();
      let count = 0;
      body((script, { exports = "", config = "", options = [] } = {}) => {
        const node = scratch.node(`n${count++}`, SYSTEM + exports + PATH + config);
        return redpak(["run", ...options, node, "--", "sh", "-c", script], uid === Deno.uid() ? {} : { uid });
      });
    });
  }
}

/** Bytes and inodes of file systems, as statfs(2) has them. */
const STATFS = "stat -f -c '%n %b %S %c'";

function capacities(
  { code, stdout, stderr }: Result,
): Readonly<Record<string, readonly [bytes: number, inodes: number]>> {
  assert.equal(code, 0, stderr);
  const lines = stdout.trim().split("\n").map((line) => line.split(" "));
  return Object.fromEntries(
    lines.map(([place, blocks, size, inodes]) => [place, [Number(blocks) * Number(size), Number(inodes)]]),
  );
}

const MIB = 2 ** 20;

function machineMemory(): number {
  return 1024 * Number(/^MemTotal: +(\d+) kB$/m.exec(Deno.readTextFileSync("/proc/meminfo"))?.[1]);
}

testForAll("every file system in memory has a size", (run) => {
  assert.deepEqual(capacities(run(`${STATFS} / /dev /dev/shm /tmp`)), {
    "/": [16 * MIB, 4096],
    "/dev": [65_536, 1024],
    "/dev/shm": [64 * MIB, 16_384],
    "/tmp": [64 * MIB, 16_384],
  });
});

testForAll("a tmpfs that is full is full for the program, with files as with bytes", (run) => {
  const exports = "  - { mode: Tmpfs, mount: /small, size: 1M }\n";
  const full = run("head -c 1M /dev/zero >/small/fits && rm /small/fits; head -c 1025K /dev/zero >/small/file", {
    exports,
  });
  assert.match(full.stderr, /^head: .*No space left on device\n$/);
  const files = run("cd /small; i=0; while touch $i; do i=$((i + 1)); done; echo $i", {
    exports,
  });
  assert.match(files.stderr, /No space left on device\n$/);
  // The root directory is one, too.
  assert.equal(files.stdout, "255\n");
});

Deno.test("what does not fit into the root of a node is refused, and a Tmpfs is suggested", () => {
  using scratch = new Scratch();
  const large = scratch.file("large", "x".repeat(17 * MIB));
  const launch = (uid: number, tmpfs: string) => {
    const exports = `${SYSTEM}${tmpfs}  - { mode: Internal, mount: /big/file, path: 7 }\n`;
    const node = scratch.node("n", exports + PATH);
    const script = 'exec 7<"$0"; exec "$@"';
    const command = ["-c", script, large, REDPAK, "run", node, "--", "stat", "-c", "%s", "/big/file"];
    return exec("sh", command, uid === Deno.uid() ? {} : { uid });
  };
  for (const uid of isRoot ? [0, USER] : [USER]) {
    const { code, stderr } = launch(uid, "");
    assert.equal(code, 125, stderr);
    assert.match(
      stderr,
      /\/big\/file": .*\(ENOSPC\)\n.*redpak\.yaml:\d+:\d+\n.*hint: the root of a node holds 16M: a Tmpfs/,
    );
    assert.equal(launch(uid, "  - { mode: Tmpfs, mount: /big }\n").stdout, `${17 * MIB}\n`);
  }
});

testForAll("a Tmpfs is as large as the configuration says, up to tmpfs-size", (run) => {
  const exports = "  - { mode: Tmpfs, mount: /dev/shm, size: 1G }\n  - { mode: Tmpfs, mount: /any, size: max }\n";
  const sizes = capacities(run(`${STATFS} /dev/shm /tmp /any`, { exports, config: "  tmpfs-size: max\n" }));
  assert.deepEqual([sizes["/dev/shm"], sizes["/tmp"]], [[1024 * MIB, 262_144], [64 * MIB, 16_384]]);
  const refused = run("true", { exports: "  - { mode: Tmpfs, mount: /x, size: 65M }\n" });
  assert.equal(refused.code, 3);
  assert.match(refused.stderr, /Cannot make the tmpfs at "\/x" as large as 65M: tmpfs-size is 64M by default/);
  assert.match(refused.stderr, /etc\/redpak\.yaml:\d+:\d+\n.*hint: set tmpfs-size to 65M or more in the node and all/);
  const less = capacities(run(`${STATFS} /dev/shm /tmp`, { config: "  tmpfs-size: 1M\n" }));
  assert.deepEqual(less, { "/dev/shm": [MIB, 256], "/tmp": [MIB, 256] });
});

testForAll("what is written to a file system in memory cannot be executed, unless that is asked for", (run) => {
  const places = "/copy /dev/copy /dev/shm/copy /tmp/copy";
  const script = `for file in ${places}; do cp /bin/true $file; $file; echo $?; done`;
  // Landlock refuses to write to the root directory in the first place.
  const { stdout, stderr } = run(script, { config: "  landlock: off\n" });
  assert.equal(stdout, "126\n".repeat(4), stderr);
  const exports = "  - { mode: Tmpfs, mount: /x, exec: true }\n";
  assert.equal(run("cp /bin/true /x/copy && /x/copy", { exports, config: "  tmpfs-exec: true\n" }).code, 0);
  assert.equal(run("cp /bin/true /tmp/copy && /tmp/copy", { options: ["--compat"] }).code, 0);
  const refused = run("true", { exports });
  assert.equal(refused.code, 3);
  assert.match(refused.stderr, /Cannot make the tmpfs at "\/x" executable: tmpfs-exec is false by default/);
});

Deno.test("a child's file systems in memory are no larger than its parents let them be", () => {
  using scratch = new Scratch();
  scratch.node("top", `${SYSTEM}${PATH}  tmpfs-size: 1M\n`);
  const child = scratch.node("top/child", "config:\n  tmpfs-size: 2M\n");
  const { code, stdout } = redpak(["check", child, "--json"]);
  assert.equal(code, 3);
  assert.match(stdout, /E_LOOSENED_TMPFS_SIZE/);
  const silent = scratch.node("top/silent", "exports: []\n");
  const { code: runs, stdout: sizes, stderr } = redpak(["run", silent, "--", "stat", "-f", "-c", "%b %S", "/tmp"]);
  assert.deepEqual([runs, sizes], [0, "256 4096\n"], stderr);
});

testForAll("a fork bomb ends at 512 processes, init included", (run) => {
  const bomb = "n=0; while [ $n -lt 600 ]; do sleep 60 & n=$((n + 1)); echo $n; done";
  const { code, stdout, stderr } = run(bomb);
  const last = Number(stdout.trimEnd().split("\n").at(-1));
  assert(last > 500 && last < 512, `${last}: ${stderr}`);
  assert.deepEqual([code, stderr], [2, "sh: 0: Cannot fork\n"]);
  const standsIn = /^Max processes +512 +512 /m.test(run("cat /proc/self/limits").stdout);
  assert.equal(run(bomb, { config: "  rlimits: { nproc: 700 }\n" }).code === 0, standsIn, "the group's limit stays");
});

testForAll("without a control group no process has more than half of the machine's memory for data", (run) => {
  const half = String(Math.floor(machineMemory() / 2 / 4096) * 4096);
  const found = run("grep 'Max data size' /proc/self/limits").stdout.split(/ {2,}/).slice(1, 3);
  // With one the group has the limit: tests/vm.
  assert([half, "unlimited"].includes(found[0]!) && found[0] === found[1], found.join());
  const set = run("grep 'Max data size' /proc/self/limits", { config: "  rlimits: { data: 1G }\n" }).stdout;
  assert.match(set, / 1073741824 +1073741824 /);
});

testForAll("with --compat a file system in memory may be as large as the kernel lets it", (run) => {
  const sizes = capacities(run(`${STATFS} / /dev /dev/shm /tmp`, { options: ["--compat"] }));
  for (const [place, [bytes]] of Object.entries(sizes)) assert(bytes > machineMemory() / 3, `${place} has ${bytes}`);
});
