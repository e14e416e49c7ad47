/** Attacks on a launch that show from outside, by their ids in the catalogue, for each caller. */
import assert from "node:assert/strict";
import { exec, exists, PATH, REDPAK, redpak, type Result, Scratch, SYSTEM } from "../system/_node.ts";
import { CALLERS } from "./_scene.ts";

/** A caller, what is his, and what is not. */
class Attack implements Disposable {
  readonly scratch = new Scratch();
  readonly #uid: number;

  constructor(uid: number) {
    this.#uid = uid;
    for (const name of ["data", "victim"]) Deno.mkdirSync(`${this.scratch.path}/${name}`);
  }

  /** What a program of the node could have written. */
  get data(): string {
    return `${this.scratch.path}/data`;
  }

  get victim(): string {
    return `${this.scratch.path}/victim`;
  }

  node(entries: readonly string[], config = ""): string {
    exec("chown", ["-Rh", `${this.#uid}:${this.#uid}`, this.data, this.victim]);
    const exports = entries.map((entry) => `  - { ${entry} }\n`).join("");
    return this.scratch.node("n", SYSTEM + exports + PATH + config);
  }

  run(node: string, ...program: string[]): Result {
    return redpak(["run", node, "--", ...program], { cwd: "/", uid: this.#uid });
  }

  shell(script: string, ...words: string[]): Result {
    return exec("bash", ["-c", script, "bash", REDPAK, ...words], { cwd: "/", uid: this.#uid });
  }

  /** Starts a program of a node, and resolves when it has said `ready`. */
  async start(node: string, script: string): Promise<Deno.ChildProcess> {
    const args = ["run", node, "--", "sh", "-c", script];
    const child = new Deno.Command(REDPAK, { args, cwd: "/", uid: this.#uid, gid: this.#uid, stdout: "piped" }).spawn();
    const reader = child.stdout.getReader();
    assert.equal(new TextDecoder().decode((await reader.read()).value), "ready\n");
    await reader.cancel();
    return child;
  }

  assertVictimUntouched(): void {
    assert.deepEqual([...Deno.readDirSync(this.victim)], []);
  }

  [Symbol.dispose](): void {
    this.scratch[Symbol.dispose]();
  }
}

function test(claim: string, body: (attack: Attack) => void | Promise<void>): void {
  for (const [caller, uid] of Object.entries(CALLERS)) {
    Deno.test(`${claim}, launched by ${caller}`, async () => {
      using attack = new Attack(uid);
      await body(attack);
    });
  }
}

test("A01 a link in a writable export leads no mount point to the host [CVE-2026-87766]", (attack) => {
  const modes = ["mode: Anonymous", "mode: Tmpfs", "mode: Restricted, path: /usr/share", "mode: Symlink, path: /usr"];
  for (const target of [attack.victim, `../..${attack.victim}`, `/proc/self/root${attack.victim}`]) {
    Deno.symlinkSync(target, `${attack.data}/evil`);
    for (const mode of modes) {
      const node = attack.node([`mode: Public, mount: /a, path: ${attack.data}`, `mount: /a/evil/x, ${mode}`]);
      const { code, stderr } = attack.run(node, "true");
      assert.equal(code, 125, `${mode} → ${target}: ${stderr}`);
      assert.match(stderr, /\(ELOOP\)|\/a\/evil/);
    }
    Deno.removeSync(`${attack.data}/evil`);
  }
  attack.assertVictimUntouched();
});

test("A03 the tree of a node cannot take the place of the root, nor its /dev that of the new one", (attack) => {
  Deno.symlinkSync(attack.victim, `${attack.data}/dev`);
  const root = attack.run(attack.node([`mode: Public, mount: /, path: ${attack.data}`]), "true");
  assert.notEqual(root.code, 0);
  assert.match(root.stderr, /Cannot export to "\/"/);
  const node = attack.node([`mode: Public, mount: /a, path: ${attack.data}`, "mode: Devfs, mount: /a/dev"]);
  assert.equal(attack.run(node, "true").code, 125);
  attack.assertVictimUntouched();
});

test("A04 a link for /dev/null is not opened for the program's descriptors", (attack) => {
  Deno.symlinkSync("/proc/sys/vm/overcommit_ratio", `${attack.data}/null`);
  const node = attack.scratch.node(
    "n",
    SYSTEM.replace("mode: Devfs, mount: /dev", `mode: Public, mount: /dev, path: ${attack.data}`) + PATH,
  );
  const script = '"$1" run "$2" -- sh -c "readlink /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2" <&- 2>&-';
  const { stdout } = attack.shell(script, node);
  assert.match(stdout, /^\/dev\/null\npipe:\[\d+\]\n\/dev\/null\n$/);
});

test("A06 a /proc of the node's own making takes no setting in place of the kernel's", async (attack) => {
  Deno.mkdirSync(`${attack.data}/self/attr`, { recursive: true });
  const fake = SYSTEM.replace("mode: Procfs, mount: /proc", `mode: Public, mount: /proc, path: ${attack.data}`);
  const child = await attack.start(attack.scratch.node("n", fake + PATH), "echo ready; exec sleep 60");
  try {
    const children = (pid: number) => Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim().split(" ");
    const program = children(Number(children(child.pid)[0]))[0];
    const status = Deno.readTextFileSync(`/proc/${program}/status`);
    for (const line of ["NoNewPrivs:\t1", "Seccomp:\t2", "CapBnd:\t0000000000000000"]) {
      assert(status.includes(`\n${line}\n`), status);
    }
  } finally {
    child.kill("SIGTERM");
    await child.status;
  }
});

test("B02 no descriptor of the caller can be the working directory [CVE-2024-21626]", (attack) => {
  for (let fd = 0; fd < 32; fd++) {
    const node = attack.node([], `  chdir: /proc/self/fd/${fd}\n`);
    const { code, stdout, stderr } = attack.shell('exec 3</ 7</ 9</ 31</; "$1" run "$2" -- ls -Ad bin etc', node);
    // One of the stage's own is the new root.
    const inside = code === 2 && stdout === "bin\n";
    assert(inside || code === 125, `${fd}: ${code} ${stdout}${stderr}`);
  }
});

test("B11 nothing that starts a node loads code, from its tree or elsewhere", async (attack) => {
  const child = await attack.start(attack.node([]), "echo ready; exec sleep 60");
  try {
    const init = Deno.readTextFileSync(`/proc/${child.pid}/task/${child.pid}/children`).trim();
    for (const pid of [child.pid, init]) {
      const maps = exec("grep", ["-c", "\\.so", `/proc/${pid}/maps`]);
      assert.equal(maps.stdout, "0\n", maps.stderr);
    }
  } finally {
    child.kill("SIGTERM");
    await child.status;
  }
});

test("B12 a number is the user that it says, or refused", (attack) => {
  const refused = [
    "-1",
    "0x0",
    "+0",
    "1e3",
    "1.5",
    '" 1"',
    '"1 "',
    '""',
    '"0\\u00a0"',
    "4294967295",
    "4294967296",
    "99999999999999999999",
  ];
  for (const user of refused) {
    const { code, stdout } = attack.run(attack.node([], `  set-user: ${user}\n`), "id", "-u");
    assert.notEqual(code, 0, user);
    assert.equal(stdout, "", user);
  }
});

test("B17 an empty name for redpak itself starts nothing else", (attack) => {
  const node = attack.node([]);
  for (const name of ["''", "-", "--help"]) {
    const { code, stdout, stderr } = attack.shell(`(exec -a ${name} "$1" run "$2" -- sh -c 'echo $0')`, node);
    assert.deepEqual([code, stdout], [0, "sh\n"], stderr);
  }
});

test("B22 the working directory is in the node, or the launch stops", (attack) => {
  Deno.writeTextFileSync(`${attack.victim}/secret`, "");
  Deno.symlinkSync("/", `${attack.data}/root`);
  Deno.symlinkSync(attack.victim, `${attack.data}/out`);
  const run = (directory: string) => {
    const exports = [`mode: Public, mount: /data, path: ${attack.data}`];
    return attack.run(attack.node(exports, `  chdir: ${directory}\n`), "sh", "-c", "pwd; ls -a");
  };
  assert.match(run("/data/root").stdout, /^(\/data\/root|\/)\n(.*\n)*data\n/, "the root that the program sees");
  for (const directory of ["/data/out", "/missing", "/proc/1/root", "relative"]) {
    const { code, stdout } = run(directory);
    assert.notEqual(code, 0, directory);
    assert.equal(stdout, "", directory);
  }
});

test("E16 a storm of signals takes nothing from the exit status", async (attack) => {
  const script = "trap : USR1 WINCH HUP; echo ready; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exit 37";
  const child = await attack.start(attack.node([]), script);
  let running = true;
  const status = child.status.finally(() => running = false);
  while (running) {
    for (const signal of ["SIGUSR1", "SIGWINCH", "SIGHUP", "SIGCHLD"] as const) {
      try {
        child.kill(signal);
      } catch {
        break; // it has ended in between
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assert.equal((await status).code, 37);
});

test("E17 a launcher that is stopped stops no program", async (attack) => {
  const node = attack.node([`mode: Public, mount: /data, path: ${attack.data}`]);
  const script = "echo ready; while [ ! -e /data/go ]; do sleep 0.02; done; touch /data/done; exit 37";
  const child = await attack.start(node, script);
  child.kill("SIGSTOP");
  Deno.writeTextFileSync(`${attack.data}/go`, "");
  while (!exists(`${attack.data}/done`)) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill("SIGCONT");
  assert.equal((await child.status).code, 37);
});
