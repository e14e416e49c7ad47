/** Nodes whose program is PID 1, `init: none`, and launchers that do not stay, `run --detach`. */
import assert from "node:assert/strict";
import { exec, exists, PATH, REDPAK, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";
import { CHOSEN, isChosen, MOST } from "./_faults.ts";
import { groupsOf, HAS_GROUPS, IN_GROUP } from "./_groups.ts";
import { asEach, by, NAME, type User, usualNode } from "./_running.ts";
import { fill, NODES, normalize, SHOW } from "./_surroundings.ts";
import { until } from "./_until.ts";

const NONE = "  init: none\n";

/** What `ps` says of a node with or without a supervisor. */
interface Listed {
  readonly id: string;
  readonly node: string;
  readonly state: string;
  readonly pid: number;
  readonly supervisor: number | null;
  readonly init: number;
  readonly program: number;
}

function listed(user: User, node: string): Listed[] {
  const { code, stdout, stderr } = by(user, "ps", "--json");
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout).data.nodes.filter((found: Listed) => found.node === node);
}

function records(user: User, pid: number): string[] {
  if (!exists(user.directory)) return [];
  return [...Deno.readDirSync(user.directory)].map(({ name }) => name).filter((name) => name.includes(`.${pid}.`));
}

function statOf(pid: number): { readonly command: string; readonly state: string; readonly parent: number } {
  const [, command = "", rest = ""] = /^\d+ \((.*)\) (.*)/s.exec(Deno.readTextFileSync(`/proc/${pid}/stat`)) ?? [];
  const [state = "", parent] = rest.split(" ");
  return { command, state, parent: Number(parent) };
}

function sessionOf(pid: number): number {
  return Number(Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ")[3]);
}

function childrenOf(pid: number): number[] {
  return Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  return exists(`/proc/${pid}`) && statOf(pid).state !== "Z";
}

/** A node that was started by `run --detach`, and ends with the test. */
class Detached implements Disposable {
  private constructor(readonly user: User, readonly node: string, readonly pid: number) {}

  get id(): string {
    return `${NAME}-${this.pid}`;
  }

  get listed(): Listed {
    return listed(this.user, this.node)[0]!;
  }

  static start(user: User, node: string, ...program: string[]): Detached {
    const words = program.includes("--") ? program : ["--", ...program];
    const { code, stdout, stderr } = redpak(["run", "--detach", node, ...words], {
      uid: user.uid,
      env: user.env,
      cwd: node.slice(0, node.lastIndexOf("/")),
    });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, new RegExp(`^${NAME}-[1-9][0-9]*\n$`));
    return new Detached(user, node, Number(stdout.slice(NAME.length + 1)));
  }

  [Symbol.dispose](): void {
    for (const { pid, id } of listed(this.user, this.node)) if (id === this.id) Deno.kill(pid, "SIGKILL");
  }
}

asEach("with init: none the program is PID 1, and beside it is its supervisor only", async (user, scratch) => {
  const node = usualNode(scratch, NONE);
  const process = new Deno.Command(REDPAK, {
    args: ["run", node, "--", "sh", "-c", "echo $$; trap 'exit 9' TERM; while :; do sleep 0.01; done"],
    stdin: "null",
    stdout: "piped",
    ...user.uid === 0 ? {} : { uid: user.uid, gid: user.uid },
    env: user.env,
  }).spawn();
  const reader = process.stdout.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "1\n");
  await until(() => listed(user, node)[0]?.state === "running", () => "it is not listed");
  const [{ id, pid, supervisor, init, program }] = listed(user, node) as [Listed];
  assert.deepEqual([id, supervisor, init, program], [`${NAME}-${pid}`, null, pid, pid]);
  assert.deepEqual(childrenOf(process.pid), [pid]);
  assert.equal(statOf(pid).command, "sh");
  const audit = by(user, "audit", id);
  assert.deepEqual([audit.code, audit.stderr], [0, ""], audit.stdout);
  process.kill("SIGTERM");
  assert.equal((await process.status).code, 9, "the signal is passed on, and so is the exit status");
  assert.deepEqual(records(user, pid), []);
  await reader.cancel();
});

asEach(
  "with init: none a node ends with its supervisor, and its exit status is the program's",
  async (user, scratch) => {
    const node = usualNode(scratch, NONE);
    for (const [program, code] of [["exit 125", 125], ["exit 0", 0], ["sleep 1000 & exit 3", 3]] as const) {
      const result = by(user, "run", node, "--", "sh", "-c", program);
      assert.deepEqual([result.code, result.stderr], [code, ""], program);
    }
    assert.equal(by(user, "run", node, "--", "/no/such/program").code, 127);
    const process = new Deno.Command(REDPAK, {
      args: ["run", node, "--", "sleep", "1000"],
      stdin: "null",
      ...user.uid === 0 ? {} : { uid: user.uid, gid: user.uid },
      env: user.env,
    }).spawn();
    await until(() => listed(user, node)[0]?.state === "running", () => "it is not listed");
    const [{ pid }] = listed(user, node) as [Listed];
    process.kill("SIGKILL");
    await process.status;
    await until(() => !isAlive(pid), () => "it lives on");
    assert.deepEqual(listed(user, node), []);
    assert.deepEqual(records(user, pid), []);
  },
);

asEach("run --detach of init: none leaves the program, and nothing else", (user, scratch) => {
  const node = usualNode(scratch, NONE);
  using detached = Detached.start(user, node, "sleep", "1000");
  const { pid, id } = detached;
  const found = detached.listed;
  assert.deepEqual(
    [found.id, found.pid, found.supervisor, found.init, found.program, found.state],
    [id, pid, null, pid, pid, "running"],
  );
  assert.deepEqual([statOf(pid).command, childrenOf(pid)], ["sleep", []]);
  assert.equal(records(user, pid).length, 1);
  // Whoever adopts orphans here has it, and no process of redpak does.
  assert.doesNotMatch(statOf(statOf(pid).parent).command, /redpak/);
  const stats = JSON.parse(by(user, "stats", id, "--json").stdout).data.nodes;
  assert.deepEqual([stats.length, stats[0].processes], [1, 1]);
  const audit = by(user, "audit", id);
  assert.deepEqual([audit.code, audit.stderr], [0, ""], audit.stdout);
  // Another program beside it, confined as it is.
  assert.equal(by(user, "enter", id, "--", "sh", "-c", "cat /proc/1/comm").stdout, "sleep\n");
  return Promise.resolve();
});

asEach("run --detach leaves init and program where there is an init", (user, scratch) => {
  using detached = Detached.start(user, usualNode(scratch), "sleep", "1000");
  const { pid, listed: { id, supervisor, init, program } } = detached;
  assert.deepEqual([id, supervisor, init], [detached.id, null, pid]);
  assert.deepEqual([statOf(pid).command, childrenOf(pid)], ["redpak-init", [program]]);
  assert.equal(statOf(program).command, "sleep");
  const audit = by(user, "audit", id);
  assert.deepEqual([audit.code, audit.stderr], [0, ""], audit.stdout);
  assert.equal(by(user, "enter", id, "--", "true").code, 0);
  return Promise.resolve();
});

for (const [name, config] of [["init: none", NONE], ["an init", ""]] as const) {
  asEach(
    `what is detached from ${name} keeps none of the caller's streams, and writes to the log`,
    async (user, scratch) => {
      const node = usualNode(scratch, config);
      Deno.chownSync(scratch.path, user.uid, user.uid);
      const log = `${scratch.path}/log`;
      const script =
        "readlink /proc/self/fd/0; for fd in 1 2; do readlink /proc/self/fd/$fd >&$fd; done; exec sleep 1000";
      // Whose output is waited for to its end here.
      using logged = Detached.start(user, node, ...["--log", "log", "--", "sh", "-c", script]);
      await until(() => Deno.readTextFileSync(log).split("\n").length === 4, () => Deno.readTextFileSync(log));
      const [input = "", ...outputs] = Deno.readTextFileSync(log).trim().split("\n");
      assert.match(input, /\/null$/);
      assert.deepEqual(outputs, [log, log]);
      const { program } = logged.listed;
      assert.equal(sessionOf(program), program, "a session of its own");
      by(user, "stop", logged.id);
      using silent = Detached.start(user, node, "--", "sh", "-c", "echo said; echo said >&2; exec sleep 1000");
      for (const fd of [0, 1, 2]) assert.match(Deno.readLinkSync(`/proc/${silent.listed.program}/fd/${fd}`), /\/null$/);
      assert.match(by(user, "run", node, "--log", "log").stderr, /--log goes with --detach/);
      const missing = by(user, "run", "-d", node, "--log", "missing/log", "--", "true");
      assert.deepEqual([missing.code, missing.stdout], [125, ""]);
      assert.match(missing.stderr, /Cannot open "log of the program": no such file or directory \(ENOENT\)/);
    },
  );

  asEach(`what cannot be started in a detached node with ${name} is reported, and leaves nothing`, (user, scratch) => {
    const node = usualNode(scratch, config);
    for (const [program, code, said] of [["/no/such/program", 127, "ENOENT"], ["/tmp", 126, "EACCES"]] as const) {
      const result = by(user, "run", "--detach", node, "--", program);
      assert.deepEqual([result.code, result.stdout], [code, ""]);
      assert.match(result.stderr, new RegExp(`^redpak: Cannot execute "${program}": .*${said}`));
    }
    assert.deepEqual(listed(user, node), []);
    // However short its life is, a program that was started was.
    const document = JSON.parse(by(user, "run", "--detach", "--json", node, "--", "false").stdout);
    const { pid } = document.data;
    assert.deepEqual(document, {
      ...{ schemaVersion: 1, kind: "Detached", data: { id: `${NAME}-${pid}`, pid, node }, warnings: [] },
    });
    assert.deepEqual(listed(user, node), []);
    assert.deepEqual(records(user, pid), []);
    return Promise.resolve();
  });

  asEach(`a detached node with ${name} is asked to end, then killed, and leaves nothing`, async (user, scratch) => {
    const node = usualNode(scratch, config);
    const file = `${scratch.path}/${NAME}`;
    {
      using polite = Detached.start(user, node, "sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.01; done");
      await until(() => takes(polite.listed.program), () => "it has no handler");
      assert.equal(by(user, "stop", polite.id).stdout, `stopped ${polite.id}\n`);
      assert.deepEqual(records(user, polite.pid), []);
    }
    using deaf = Detached.start(user, node, "sh", "-c", "trap '' TERM; while :; do sleep 0.01; done");
    const ignores = () => (field(deaf.listed.program, "SigIgn") & 1n << 14n) !== 0n;
    await until(ignores, () => "it listens");
    assert.equal(by(user, "stop", deaf.id, "--time", "0.1").stdout, `killed ${deaf.id}\n`);
    assert.deepEqual(records(user, deaf.pid), []);
    assert(!isAlive(deaf.pid), file);
  });

  asEach(`the record of a detached node with ${name} is removed by who finds it ended`, async (user, scratch) => {
    const node = usualNode(scratch, config);
    using detached = Detached.start(user, node, "sleep", "1000");
    const { pid, program } = detached.listed;
    Deno.kill(program, "SIGKILL");
    await until(() => !isAlive(pid), () => "it lives on");
    assert.equal(records(user, pid).length, 1);
    assert.deepEqual(listed(user, node), []);
    assert.deepEqual(records(user, pid), []);
  });
}

rootTest("the control group of a detached node is removed by who finds it ended", async () => {
  using scratch = new Scratch();
  const node = scratch.node(NAME, SYSTEM + PATH + NONE + IN_GROUP);
  if (!HAS_GROUPS) return console.log("no look at control groups: there is no version 2 of them here");
  const user = { name: "root", uid: 0, directory: "/run/redpak", env: {} };
  for (const end of [(pid: number) => Deno.kill(pid, "SIGKILL"), (pid: number) => by(user, "stop", `${NAME}-${pid}`)]) {
    using detached = Detached.start(user, node, "sleep", "1000");
    const { pid, id } = detached;
    const [group] = groupsOf(scratch.path);
    const runs = [...Deno.readDirSync(group!)].filter(({ isDirectory }) => isDirectory);
    assert.equal(Deno.readTextFileSync(`${group}/${runs[0]?.name}/cgroup.procs`), `${pid}\n`);
    const audit = by(user, "audit", id);
    assert.deepEqual([audit.code, audit.stderr], [0, ""], audit.stdout);
    end(pid);
    await until(() => !isAlive(pid), () => "it lives on");
    assert.deepEqual(listed(user, node), []);
    assert.deepEqual(groupsOf(scratch.path), []);
  }
});

/** Calls by which the processes of a launch that detaches speak to each other, and to the record. */
const CALLS = ["sendto", "recvmsg", "recvfrom", "read", "prctl", "ppoll", "renameat", "write", "exit_group"];

rootTest("whatever is killed while a node is detached, no program runs on that ps does not list", async () => {
  const user = { name: "root", uid: 0, directory: "/run/redpak", env: {} };
  for (const init of ["", NONE]) {
    using scratch = new Scratch();
    const node = scratch.node(NAME, SYSTEM + PATH + init);
    const launcher = `${scratch.path}/launcher`;
    const log = `${scratch.path}/log`;
    assert.equal(by(user, "seal", node, "--detach", "--output", launcher, "--", "sleep", "1000").code, 0);
    let [kills, survivors] = [0, 0];
    for (const call of CALLS.filter(isChosen)) {
      for (let when = 1; when <= MOST; when++) {
        const fault = `inject=${call}:signal=KILL:when=${when}`;
        const strace = new Deno.Command("strace", {
          args: ["-f", "-qq", "-o", log, "-e", `trace=${call}`, "-e", fault, launcher],
          stdin: "null",
          stdout: "null",
          stderr: "null",
        }).spawn();
        let ended = false;
        strace.status.then(() => ended = true);
        // What it traces is all of the node: it ends when nothing is left of that.
        const settled = () =>
          ended || listed(user, node).some(({ state, supervisor }) => state === "running" && supervisor === null);
        await until(settled, () => `${fault}: ${Deno.readTextFileSync(log)}`);
        const found = listed(user, node);
        for (const { id } of found) assert.equal(by(user, "stop", id).code, 0, fault);
        survivors += found.length;
        await strace.status;
        if (!Deno.readTextFileSync(log).includes("killed by SIGKILL")) break;
        kills++;
        assert.deepEqual(listed(user, node), []);
      }
    }
    console.log(`${kills} kills, ${survivors} programs went on`);
    assert.ok(CHOSEN !== undefined || (kills > 10 && survivors > 0));
  }
});

/** A set of signals of proc_pid_status(5). */
function field(pid: number, name: string): bigint {
  const bits = new RegExp(`^${name}:\t(\\w+)$`, "m").exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
  return BigInt(`0x${bits}`);
}

function takes(pid: number): boolean {
  return (field(pid, "SigCgt") & 1n << 14n) !== 0n;
}

asEach("a PID 1 that does not end with its supervisor is found and stopped all the same", async (user, scratch) => {
  const node = usualNode(scratch, NONE);
  // prctl(PR_SET_PDEATHSIG, 0)
  const prctl = Deno.build.arch === "x86_64" ? 157 : 167;
  const process = new Deno.Command(REDPAK, {
    args: ["run", node, "--", "perl", "-e", `syscall(${prctl}, 1, 0, 0, 0, 0); exec "sleep", "1000"`],
    stdin: "null",
    ...user.uid === 0 ? {} : { uid: user.uid, gid: user.uid },
    env: user.env,
  }).spawn();
  const isReady = () => {
    const [found] = listed(user, node);
    return found !== undefined && statOf(found.pid).command === "sleep";
  };
  await until(isReady, () => "it does not run");
  const [{ id, pid }] = listed(user, node) as [Listed];
  process.kill("SIGKILL");
  await process.status;
  assert.deepEqual(listed(user, node).map(({ id }) => id), [id]);
  assert.equal(by(user, "stop", id).code, 0);
  assert(!isAlive(pid));
  assert.deepEqual(records(user, pid), []);
});

asEach("PID 1 that does nothing about SIGTERM is killed without being waited for", (user, scratch) => {
  using detached = Detached.start(user, usualNode(scratch, NONE), "sleep", "1000");
  // It would last longer than any test.
  assert.equal(by(user, "stop", detached.id, "--time", "100000").stdout, `killed ${detached.id}\n`);
  return Promise.resolve();
});

asEach("no process is taken for that of a detached node by the name of a record", (user, scratch) => {
  using detached = Detached.start(user, usualNode(scratch, NONE), "sleep", "1000");
  const [name = ""] = records(user, detached.pid);
  const [, , , , ...stat] = Deno.readTextFileSync(`/proc/${Deno.pid}/stat`).split(" ");
  for (const role of ["program", "init"]) {
    const planted = `${user.directory}/${name.replace(/\.\d+\.\d+\..*/, `.${Deno.pid}.${stat[17]}.${role}.json`)}`;
    Deno.copyFileSync(`${user.directory}/${name}`, planted);
    Deno.chownSync(planted, user.uid, user.uid);
    assert.deepEqual(listed(user, detached.node).map(({ id }) => id), [detached.id]);
    Deno.removeSync(planted);
  }
  return Promise.resolve();
});

asEach("what needs an init is refused without one, and what is to end with redpak is not detached", (user, scratch) => {
  const refused = (config: string, said: RegExp, ...options: string[]) => {
    const { code, stdout, stderr } = by(user, "run", ...options, scratch.node(NAME, config), "--", "true");
    assert.deepEqual([code, stdout], [3, ""], stderr);
    assert.match(stderr, said);
  };
  const none = SYSTEM + PATH + NONE;
  refused(
    `${none}  share_pid: enabled\n`,
    /without an init: it has no process ids of its own \(.*redpak.yaml:\d+:\d+\)/,
  );
  refused(`${none}  die-with-parent: Enabled\n`, /without an init: the program could outlive redpak/);
  refused(
    none.replace("config:", "  - { mode: Lock, mount: /tmp/lock }\nconfig:"),
    /without an init: that holds the lock of \/tmp\/lock/,
  );
  refused(`${SYSTEM}${PATH}  die-with-parent: Enabled\n`, /Cannot detach from the node: it is to end with/, "--detach");
  return Promise.resolve();
});

/** Without what is said of PID 1, and of the program's number. */
const SAID = [" /proc/1/comm", "; cat /proc/1/cmdline 2>&1 | tr '\\0' '\\n'", "[ $PPID != 1 ] || echo $$; "]
  .reduce((text, part) => {
    assert.ok(text.includes(part), part);
    return text.replace(part, "");
  }, SHOW);

for (const [name, config] of Object.entries(NODES)) {
  if (name === "shared namespaces") continue;
  rootTest(`a program that is PID 1 sees the same of ${name}`, () => {
    using scratch = new Scratch();
    fill(scratch);
    const launch = (more: string) => {
      const node = scratch.node("n", config(scratch.path) + more);
      return exec(REDPAK, ["run", node, "--", "sh", "-c", SAID], { cwd: "/", env: { A: "b" } });
    };
    const [usual, none] = [launch(""), launch(NONE)];
    assert.deepEqual([none.code, none.stderr], [0, ""]);
    assert.deepEqual(normalize(none.stdout).split("\n"), normalize(usual.stdout).split("\n"));
    assert.ok(none.stdout.split("\n").length > 60);
  });
}

asEach("a sealed launcher detaches as redpak does", (user, scratch) => {
  const node = usualNode(scratch, NONE);
  exec("chown", ["-R", `${user.uid}:${user.uid}`, node]);
  Deno.chownSync(scratch.path, user.uid, user.uid);
  const launcher = `${scratch.path}/launcher`;
  const sealed = by(user, "seal", node, "--detach", "--output", launcher, "--", "sleep");
  assert.deepEqual([sealed.code, sealed.stderr], [0, ""]);
  const { code, stdout, stderr } = exec(launcher, ["1000"], { uid: user.uid, env: user.env });
  assert.deepEqual([code, stderr], [0, ""]);
  const [{ id, pid, program, state }] = listed(user, node) as [Listed];
  assert.deepEqual([stdout, program, state], [`${id}\n`, pid, "running"]);
  assert.equal(Deno.readTextFileSync(`/proc/${pid}/cmdline`), "sleep\x001000\0");
  const audit = by(user, "audit", id);
  assert.deepEqual([audit.code, audit.stderr], [0, ""], audit.stdout);
  assert.equal(by(user, "stop", id).code, 0);
  const unit = by(user, "unit", node, "--launcher", launcher);
  assert.deepEqual([unit.code, unit.stdout], [1, ""]);
  assert.match(unit.stderr, /Cannot write a unit for ".*": its launcher does not stay until the node ends/);
  assert.equal(exec(launcher, ["nonsense"], { uid: user.uid, env: user.env }).code, 0, "it was started");
  assert.deepEqual(listed(user, node), []);
  return Promise.resolve();
});
