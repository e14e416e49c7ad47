/** Launchers that start nodes without redpak. */
import assert from "node:assert/strict";
import { AT_FDCWD, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { libc } from "../../ffi/libc/libc.ts";
import { readSpecial } from "../../src/host/read_special.ts";
import { SMACK_ATTRIBUTE } from "../../src/launch/smack.ts";
import { encodePlan } from "../../src/plan/encode.ts";
import { planFromJson } from "../../src/plan/json.ts";
import { exec, isRoot, PATH, REDPAK, redpak, type Result, rootTest, Scratch, SYSTEM } from "./_node.ts";
import { fill, NODES, normalize, SHOW } from "./_surroundings.ts";
import { until } from "./_until.ts";

const USER = 61_234;

/** Seals a node that is there, and must be able to. */
function seal(scratch: Scratch, node: string, words: readonly string[], options: Options = {}): string {
  const file = `${scratch.path}/launcher`;
  const { flags = [], ...rest } = options;
  const { code, stderr } = redpak(["seal", node, "--output", file, ...flags, "--", ...words], rest);
  assert.deepEqual([code, stderr], [0, ""]);
  return file;
}

interface Options {
  readonly flags?: readonly string[];
  readonly env?: Record<string, string>;
  readonly uid?: number;
  readonly cwd?: string;
}

/** Of what is left of the command line of a sealed launcher's init, each byte is an empty line. */
function linesOf({ stdout }: Result): string[] {
  return normalize(stdout).split("\n").filter((line) => line !== "");
}

function start(launcher: string, words: readonly string[] = [], options: Options = {}): Result {
  return exec(launcher, words, options);
}

function own(scratch: Scratch, uid: number): void {
  exec("chown", ["-R", `${uid}:${uid}`, scratch.path]);
}

for (const [name, config] of Object.entries(NODES)) {
  rootTest(`a sealed launch and an unsealed one make the same of ${name}`, () => {
    using scratch = new Scratch();
    fill(scratch);
    const node = scratch.node("n", config(scratch.path));
    const options = { cwd: "/", env: { A: "b" } };
    const launcher = seal(scratch, node, ["sh", "-c", SHOW], { ...options, flags: ["--evaluate"] });
    const unsealed = redpak(["run", node, "--", "sh", "-c", SHOW], options);
    const sealed = start(launcher, [], options);
    assert.deepEqual([sealed.code, sealed.stderr], [0, ""]);
    assert.deepEqual(linesOf(sealed), linesOf(unsealed));
    assert.ok(sealed.stdout.split("\n").length > 60);
  });
}

for (const uid of isRoot ? [0, USER] : [Deno.uid() ?? 0]) {
  const who = uid === 0 ? "root" : "an ordinary user";

  for (const template of ["root", "leaf", "full"]) {
    Deno.test(`a sealed node of the template ${template} is the unsealed one for ${who}`, () => {
      using scratch = new Scratch();
      own(scratch, uid);
      const parent = `${scratch.path}/parent`;
      const node = template === "root" ? parent : `${parent}/child`;
      for (
        const [path, kind] of template === "root"
          ? [[parent, "root"]] as const
          : [[parent, "root"], [node, template]] as const
      ) {
        assert.equal(redpak(["create", path, "--template", kind, "--alias", kind], { uid }).code, 0);
      }
      const options = { uid, cwd: "/", env: { HOME: "/root", LANG: "C" } };
      const unsealed = redpak(["run", node, "--", "sh", "-c", SHOW], options);
      const sealed = start(seal(scratch, node, ["sh", "-c", SHOW], { ...options, flags: ["--evaluate"] }), [], options);
      assert.deepEqual([sealed.code, sealed.stderr], [unsealed.code, unsealed.stderr]);
      assert.deepEqual(linesOf(sealed), linesOf(unsealed));
    });
  }

  Deno.test(`the program of ${who} gets the words, the exit code and the streams`, () => {
    using scratch = new Scratch();
    own(scratch, uid);
    const node = scratch.node("n", SYSTEM + PATH);
    own(scratch, uid);
    const launcher = seal(scratch, node, ["sh", "-c", 'printf "%s." "$@"; echo on stderr >&2; exit 7', "name"], {
      uid,
    });
    assert.deepEqual(start(launcher, ["one", "", "two words"], { uid }), {
      ...{ code: 7, signal: null, stdout: "one..two words.", stderr: "on stderr\n" },
    });
    assert.equal(start(launcher, Array(2000).fill("word"), { uid }).stdout.length, 2000 * 5);
  });

  Deno.test(`a sealed node of ${who} is in ps, and is audited and stopped as others are`, async () => {
    using scratch = new Scratch();
    const node = scratch.node("n", SYSTEM + PATH);
    own(scratch, uid);
    const launcher = seal(scratch, node, ["sleep", "60"], { uid });
    const list = () => JSON.parse(redpak(["ps", "--json"], { uid }).stdout).data.nodes;
    const mine = () => list().filter((found: { node: string }) => found.node === node);
    const process = new Deno.Command(launcher, { stdin: "null", ...uid === 0 ? {} : { uid, gid: uid } }).spawn();
    await until(() => mine()[0]?.state === "running", () => JSON.stringify(list()));
    const [{ id, alias, supervisor }] = mine();
    assert.deepEqual([id, alias, supervisor], [`n-${process.pid}`, "n", process.pid]);
    const audit = redpak(["audit", id], { uid });
    assert.deepEqual([audit.code, audit.stderr], [0, ""], audit.stdout);
    assert.equal(redpak(["enter", id, "--", "hostname"], { uid }).code, 0);
    assert.equal(redpak(["stop", id, "--time", "5"], { uid }).code, 0);
    await process.status;
    assert.deepEqual(mine(), []);
  });
}

Deno.test("what the program gets of the caller's environment and directory is that of the start", () => {
  using scratch = new Scratch();
  const node = scratch.node(
    "n",
    `${SYSTEM.trimEnd()}
  - { mode: Public, mount: /data, path: ${scratch.path}/data }
environ:
  - { mode: Inherit, key: GIVEN }
  - { mode: Inherit, key: ABSENT }
  - { mode: Default, key: FIXED, value: fixed }
${PATH}`,
  );
  Deno.mkdirSync(`${scratch.path}/data`);
  const launcher = seal(scratch, node, ["sh", "-c", "env | sort; pwd"], { env: { GIVEN: "at sealing" }, cwd: "/" });
  const { stdout } = start(launcher, [], { env: { GIVEN: "at start", FIXED: "no", OTHER: "no" }, cwd: "/usr" });
  assert.deepEqual(stdout.trim().split("\n").filter((line) => !/^(PATH|LD_LIB)/.test(line)), [
    ...["ABSENT=", "FIXED=fixed", "GIVEN=at start", "PWD=/usr", "/usr"],
  ]);
});

const INHERITING = (more = "") =>
  `${SYSTEM}environ:\n  - { mode: Remove, key: REMOVED }\n  - { mode: Default, key: FIXED, value: fixed }\n${PATH}  inherit-env: true\n${more}`;

Deno.test("where the environment is inherited, it is without what is removed, and with what is set", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", INHERITING());
  const launcher = seal(scratch, node, ["env"]);
  const { stdout } = start(launcher, [], { env: { REMOVED: "x", REMOVED_NOT: "y", FIXED: "no", EMPTY: "" } });
  const lines = stdout.split("\n");
  for (const line of ["REMOVED_NOT=y", "FIXED=fixed", "EMPTY="]) assert(lines.includes(line), line);
  assert(!lines.some((line) => line.startsWith("REMOVED=") || line === "FIXED=no"), stdout);
});

const STALE: Readonly<Record<string, (node: string, scratch: Scratch) => void>> = {
  "its configuration is touched": (node) => Deno.utimeSync(`${node}/etc/redpak.yaml`, 1, 1),
  "its configuration is another file of the same content and time": (node) => {
    const { mtime } = Deno.statSync(`${node}/etc/redpak.yaml`);
    Deno.copyFileSync(`${node}/etc/redpak.yaml`, `${node}/etc/new`);
    Deno.utimeSync(`${node}/etc/new`, mtime!, mtime!);
    Deno.renameSync(`${node}/etc/new`, `${node}/etc/redpak.yaml`);
  },
  "its configuration has another mode": (node) => Deno.chmodSync(`${node}/etc/redpak.yaml`, 0o640),
  "its status changes": (node) => redpak(["disable", node]),
  "it gets an admin configuration": (_, scratch) =>
    void scratch.file("p/n/etc/redpak-admin.yaml", "headers: { alias: x }\n"),
  "its configuration is gone": (node) => Deno.removeSync(`${node}/etc/redpak.yaml`),
  "its parent's configuration changes": (_, scratch) => Deno.utimeSync(`${scratch.path}/p/etc/redpak.yaml`, 1, 1),
  "a directory above becomes a node": (_, scratch) => void scratch.file(".rednode.yaml", "state: Enable\n"),
};

for (const [what, change] of Object.entries(STALE)) {
  Deno.test(`a launcher starts nothing when ${what}`, () => {
    using scratch = new Scratch();
    scratch.node("p", SYSTEM + PATH);
    const node = scratch.node("p/n", SYSTEM + PATH);
    const launcher = seal(scratch, node, ["echo", "started"]);
    assert.equal(start(launcher).stdout, "started\n");
    change(node, scratch);
    const { code, stdout, stderr } = start(launcher);
    assert.deepEqual([code, stdout], [125, ""]);
    assert.match(
      stderr,
      /^redpak: Cannot start what was sealed from "\/.*yaml": it has changed \(ESTALE\)\n {2}hint: .*redpak seal/,
    );
    // Deno tells whole seconds of the time of a change.
    if (!what.includes("mode")) assert.match(redpak(["explain", launcher]).stdout, / \(changed\)\n/);
  });
}

Deno.test("a launcher that renews itself starts the new configuration, with the words of the caller", () => {
  using scratch = new Scratch();
  const config = (value: string) => `${SYSTEM}environ:\n  - { mode: Default, key: VALUE, value: ${value} }\n${PATH}`;
  const node = scratch.node("n", config("one"));
  const launcher = seal(scratch, node, ["sh", "-c", 'echo $VALUE "$@"', "sh"], { flags: ["--renew"] });
  assert.equal(start(launcher, ["a"]).stdout, "one a\n");
  scratch.node("n", config("two"));
  const before = Deno.readFileSync(launcher);
  assert.equal(start(launcher, ["b c"]).stdout, "two b c\n");
  assert.notDeepEqual(Deno.readFileSync(launcher), before);
  const renewed = Deno.statSync(launcher).ino;
  assert.equal(start(launcher, ["d"]).stdout, "two d\n");
  assert.equal(Deno.statSync(launcher).ino, renewed);
});

Deno.test("a launcher whose configuration is broken by now does not renew itself, and says why", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const launcher = seal(scratch, node, ["true"], { flags: ["--renew"] });
  scratch.file("n/etc/redpak.yaml", "headers: [\n");
  const before = Deno.readFileSync(launcher);
  const { code, stderr } = start(launcher);
  assert.equal(code === 0, false);
  assert.match(stderr, /redpak\.yaml:\d+:\d+/);
  assert.deepEqual(Deno.readFileSync(launcher), before);
});

Deno.test("a certified launcher looks at nothing", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const launcher = seal(scratch, node, ["echo", "started"], { flags: ["--certified"] });
  Deno.utimeSync(`${node}/etc/redpak.yaml`, 1, 1);
  assert.equal(start(launcher).stdout, "started\n");
});

rootTest("only who has sealed it can start it", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const launcher = seal(scratch, node, ["true"]);
  const { code, stderr } = start(launcher, [], { uid: USER });
  assert.deepEqual([code, stderr.split("\n")[0]], [
    125,
    'redpak: Cannot start "the launcher": operation not permitted (EPERM)',
  ]);
});

/** Its attribute cannot be read where it does not run. */
function hasSmack(): boolean {
  try {
    return readSpecial("/proc/self/attr/smack/current").length > 0;
  } catch {
    return false;
  }
}

Deno.test({
  name:
    "a sealed node with a label of Smack labels what is made for it, and starts nothing where the kernel has no Smack",
  ignore: !isRoot || hasSmack(),
  fn() {
    using scratch = new Scratch();
    const made = `${scratch.path}/made`;
    const data = `exports:\n  - { mode: Private, mount: /data, path: ${made}/deep }\n`;
    const node = scratch.node("n", `${SYSTEM.replace("exports:\n", data)}${PATH}  smack: App\n`);
    const launcher = seal(scratch, node, ["echo", "started"]);
    const { code, stdout, stderr } = start(launcher);
    assert.deepEqual([code, stdout], [125, ""]);
    assert.match(stderr, /^redpak: Cannot apply the Smack label "App": invalid argument \(EINVAL\)\n.*yaml:\d+:\d+\n/);
    assert.match(stderr, /hint: this kernel runs without Smack/);
    // What comes before it in the plan.
    for (const path of [made, `${made}/deep`]) assert.equal(labelOf(path), "App");
    // A file that is mounted over that of the kernel would swallow the label.
    const fake = scratch.file("fake", "");
    const cover = `for file in current smack/current; do file=/proc/$$/task/$$/attr/$file
      [ ! -e $file ] || mount --bind ${fake} $file; done; exec ${launcher}`;
    const swallowed = exec("unshare", ["-m", "sh", "-c", cover]);
    assert.deepEqual([swallowed.code, swallowed.stdout, Deno.readTextFileSync(fake)], [125, "", ""]);
    assert.match(swallowed.stderr, /"App": on another file system \(EXDEV\)[^]*\/proc is no procfs, or partly covered/);
  },
});

function labelOf(path: string): string {
  const kernel = libc();
  using file = new Descriptor(kernel, kernel.openat(AT_FDCWD, path, O.RDONLY | O.CLOEXEC, 0));
  const label = new Uint8Array(256);
  return new TextDecoder().decode(label.subarray(0, kernel.fgetxattr(file.number, SMACK_ATTRIBUTE, label, 256)));
}

const REFUSED: Readonly<Record<string, readonly [config: string, message: RegExp]>> = {
  "the time": [
    `${SYSTEM}environ:\n  - { mode: Default, key: NOW, value: "$TODAY" }\n${PATH}`,
    /another at each launch\n.*redpak\.yaml:\d+/,
  ],
  "a process id": [`${SYSTEM}${PATH}  hostname: "n$PID"\n`, /another at each launch\n.*redpak\.yaml:\d+/],
  "a random number": [`${SYSTEM}${PATH}  hostname: "$UUID"\n`, /another at each launch/],
  "a command": [
    `${SYSTEM}environ:\n  - { mode: Execfd, key: OUT, value: "echo out" }\n${PATH}`,
    /"echo out" prints may be another[^]*redpak\.yaml:\d+[^]*--evaluate/,
  ],
};

for (const [what, [config, message]] of Object.entries(REFUSED)) {
  Deno.test(`a configuration with ${what} is not sealed`, () => {
    using scratch = new Scratch();
    const node = scratch.node("n", config);
    const { code, stdout, stderr } = redpak(["seal", node]);
    assert.deepEqual([code, stdout], [3, ""]);
    assert.match(stderr, message);
    assert.throws(() => Deno.statSync(`${node}/.redpak/launcher`));
  });
}

Deno.test("the same configuration gives the same bytes, for either architecture", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  for (const arch of ["x86_64", "aarch64"]) {
    const [one, other] = [1, 2].map((number) => {
      const file = `${scratch.path}/${arch}.${number}`;
      assert.equal(redpak(["seal", node, "--arch", arch, "--output", file, "--", "true"]).code, 0);
      return Deno.readFileSync(file);
    });
    assert.deepEqual(one, other);
    const { data } = JSON.parse(redpak(["explain", "--json", `${scratch.path}/${arch}.1`]).stdout);
    assert.deepEqual([data.architecture, data.node, data.uid], [arch, node, Deno.uid()]);
  }
});

Deno.test("all nodes below a directory are sealed, or none", () => {
  using scratch = new Scratch();
  scratch.node("p", SYSTEM + PATH);
  scratch.node("p/a", SYSTEM + PATH);
  const broken = scratch.node("p/b", `${SYSTEM}${PATH}  hostname: "n$PID"\n`);
  assert.equal(redpak(["seal", "--all", scratch.path]).code, 3);
  assert.throws(() => Deno.statSync(`${scratch.path}/p/.redpak/launcher`));
  Deno.removeSync(broken, { recursive: true });
  const { code, stdout } = redpak(["seal", "--all", scratch.path]);
  assert.deepEqual([code, stdout.trim().split("\n").length], [0, 2]);
  assert.equal(start(`${scratch.path}/p/a/.redpak/launcher`, ["-c", "exit 3"]).code, 3);
});

Deno.test("a disabled node is not sealed, and none of its launchers starts it", () => {
  using scratch = new Scratch();
  scratch.node("p", SYSTEM + PATH);
  const node = scratch.node("p/n", SYSTEM + PATH);
  const renewing = seal(scratch, node, ["echo", "started"], { flags: ["--renew"] });
  assert.equal(redpak(["disable", node]).code, 0);
  const one = redpak(["seal", node]);
  assert.deepEqual([one.code, /Cannot run ".*\/p\/n": it is disabled/.test(one.stderr)], [3, true], one.stderr);
  const renewed = start(renewing);
  assert.deepEqual([renewed.code, renewed.stdout], [3, ""]);
  assert.match(renewed.stderr, /it is disabled/);
  const all = redpak(["seal", "--all", scratch.path]);
  assert.deepEqual([all.code, all.stdout.trim().split("\n").length], [0, 1]);
  assert.match(all.stderr, /"\/.*\/p\/n" is not sealed: it is disabled\n {2}.*\.rednode\.yaml[^]*hint: redpak enable/);
  const { warnings } = JSON.parse(redpak(["seal", "--all", scratch.path, "--json"]).stdout);
  assert.deepEqual(warnings.map(Object.keys), [["code", "message", "where", "hints"]]);
});

Deno.test("sealing warns of what each launch would warn of", () => {
  using scratch = new Scratch();
  const twice = "environ:\n  - { key: A, value: a }\n  - { key: A, value: a }\n";
  const node = scratch.node("n", SYSTEM + twice + PATH);
  const { code, stderr } = redpak(["seal", node]);
  assert.deepEqual([code, stderr], [0, redpak(["run", node, "--", "true"]).stderr]);
  assert.match(stderr, /is defined twice/);
});

const MEANWHILE: Readonly<Record<string, readonly [command: string, message: RegExp]>> = {
  "something more is configured": [
    "echo '  oom-score: 500' | tee -a @/etc/redpak.yaml",
    /changed just now, seal it again/,
  ],
  "it is disabled": ["sed -i s/Enable/Disable/ @/.rednode.yaml", /it is disabled/],
};

for (const [what, [command, message]] of Object.entries(MEANWHILE)) {
  rootTest(`a node is not sealed when ${what} while that is done`, () => {
    using scratch = new Scratch();
    const placed = command.replace("@", `${scratch.path}/n`);
    const node = scratch.node("n", `${SYSTEM}environ:\n  - { mode: Execfd, key: OUT, value: "${placed}" }\n${PATH}`);
    own(scratch, USER);
    const { code, stderr } = redpak(["seal", node, "--evaluate"], { uid: USER });
    assert.equal(code, 3, stderr);
    assert.match(stderr, message);
    assert.throws(() => Deno.statSync(`${node}/.redpak/launcher`));
  });
}

Deno.test("a launcher waits for content that is being switched", async () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const launcher = seal(scratch, node, ["echo", "started"]);
  const commit = scratch.file("n/.redpak/commit.json", "{}");
  const script = 'echo locked; sleep 0.7; rm "$1"';
  const switching = new Deno.Command("flock", {
    args: ["--exclusive", `${node}/etc`, "sh", "-c", script, "sh", commit],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const output = switching.stdout.getReader();
  await output.read();
  const { code, stdout, stderr } = start(launcher);
  assert.deepEqual([code, stdout, stderr], [0, "started\n", ""]);
  await output.cancel();
  await switching.status;
});

rootTest("a launcher of a user is stale when the user's subordinate ids come to be usable", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  own(scratch, USER);
  const launcher = seal(scratch, node, ["true"], { uid: USER });
  const { data } = JSON.parse(redpak(["explain", "--json", launcher]).stdout);
  const sources = data.sources.map(({ path }: { path: string }) => path);
  for (const file of ["/etc/passwd", "/etc/subuid", "/etc/subgid", "/usr/bin/newuidmap", "/usr/bin/newgidmap"]) {
    assert(sources.includes(file), file);
  }
});

Deno.test("what a launcher explains is everything that it carries", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const launcher = seal(scratch, node, ["true"]);
  const { data } = JSON.parse(redpak(["explain", "--json", launcher]).stdout);
  const bytes = Deno.readFileSync(launcher);
  const plan = encodePlan(planFromJson(data.plan));
  assert.deepEqual(bytes.subarray(bytes.length - plan.length), plan);
  const text = redpak(["explain", launcher]).stdout;
  for (const part of [`launcher  ${launcher}`, "made from ", `${node}/etc/redpak.yaml\n`, "plan of ", "seccomp "]) {
    assert(text.includes(part), part);
  }
});

Deno.test("no other file is taken for a launcher", () => {
  using scratch = new Scratch();
  for (const file of [scratch.file("text", "text\n"), scratch.file("empty", ""), REDPAK, "/bin/true", scratch.path]) {
    const { code, stderr } = redpak(["explain", file]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /it is no launcher/);
  }
  assert.equal(redpak(["explain", `${scratch.path}/absent`]).code, 4);
});
