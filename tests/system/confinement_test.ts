/** What a node's program cannot do although the exports alone would let it. */
import assert from "node:assert/strict";
import { compile } from "./_compile.ts";
import { exec, exists, isRoot, PATH, REDPAK, redpak, type Result, rootTest, Scratch, SYSTEM } from "./_node.ts";

const PROBE = await compile("confinement_probe.c", "-static");

interface Setting {
  /** Lines after the usual `config`. */
  readonly config?: string;
  readonly exports?: string;
  /** Shell code around the launch, which it has as `"$@"`. */
  readonly shell?: string;
}

/** A node whose /data is the read-only directory of the probe, and the launch of a shell script in it. */
class ProbeNode implements Disposable {
  readonly scratch = new Scratch();
  readonly #node: string;

  constructor(private readonly setting: Setting = {}) {
    const { path } = this.scratch;
    for (const name of ["data", "shared"]) Deno.mkdirSync(`${path}/${name}`);
    Deno.copyFileSync(PROBE, `${path}/data/probe`);
    Deno.chmodSync(`${path}/data/probe`, 0o755);
    assert.equal(exec("mkfifo", ["-m", "666", `${path}/data/fifo`]).code, 0);
    const exports = SYSTEM +
      `  - { mode: Restricted, mount: /data, path: ${path}/data }\n` +
      `  - { mode: Public, mount: /shared, path: ${path}/shared }\n${setting.exports ?? ""}`;
    this.#node = this.scratch.node("n", exports + PATH + (setting.config ?? ""));
  }

  run(script: string): Result {
    const launch = [REDPAK, "run", this.#node, "--", "sh", "-c", script];
    return exec("sh", ["-c", this.setting.shell ?? 'exec "$@"', this.scratch.path, ...launch]);
  }

  [Symbol.dispose](): void {
    this.scratch[Symbol.dispose]();
  }
}

/** What the kernel answers to each attempt. */
function probe(attempts: string, setting?: Setting): readonly string[] {
  using node = new ProbeNode(setting);
  const { code, stdout, stderr } = node.run(`/data/probe ${attempts}`);
  assert.equal(code, 0, stderr);
  return stdout.trim().split("\n");
}

rootTest("a fifo of a read-only export cannot be written", () => {
  assert.deepEqual(probe("write /data/fifo read /data/fifo"), ["EACCES", "ok"]);
  assert.deepEqual(probe("write /data/fifo", { config: "  landlock: off\n" }), ["ENXIO"]);
});

rootTest("a directory of the host as standard input opens nothing of it", () => {
  const shell = 'exec "$@" <"$0"';
  const attempts = "read data/probe create new";
  // The node's own ids would refuse it, too.
  const config = "  share_user: enabled\n";
  assert.deepEqual(probe(attempts, { shell, config }), ["EACCES", "EACCES"]);
  assert.deepEqual(probe(attempts, { shell, config: config + "  landlock: off\n" }), ["ok", "ok"]);
});

rootTest("what ordinary programs do goes on under Landlock", () => {
  using node = new ProbeNode({
    shell: 'exec "$@" >"$0/shared/output"',
    config: "  share_user: enabled\n  landlock: required\n",
  });
  const { code, stderr } = node.run(`set -e
      echo one >/dev/stdout; echo two >/dev/null; head -c 3 /dev/urandom >/tmp/random
      mkdir /tmp/a /tmp/b; echo x >/tmp/a/f; mv /tmp/a/f /tmp/b/f; ln /tmp/b/f /tmp/a/g; mkfifo /tmp/fifo; ln -s f /tmp/b/l
      echo y >/dev/shm/y; echo z >/shared/z; : >/shared/z; rm /shared/z; echo 1000 >/proc/self/oom_score_adj
      cat /proc/self/status /usr/bin/env >/dev/null; script -qc 'stty -a >/tmp/tty' /dev/null </dev/null >/dev/null`);
  assert.equal(code, 0, stderr);
  assert.equal(Deno.readTextFileSync(`${node.scratch.path}/shared/output`), "one\n");
});

rootTest("abstract sockets of a shared network are out of reach", () => {
  const name = `redpak-test-${Deno.pid}`;
  using _ = Deno.listen({ transport: "unix", path: `\0${name}` });
  const config = "  share_net: enabled\n";
  assert.deepEqual(probe(`abstract ${name}`, { config }), ["EPERM"]);
  assert.deepEqual(probe(`abstract ${name}`, { config: config + "  landlock: off\n" }), ["ok"]);
});

rootTest("a later version of Landlock than the kernel's is refused", () => {
  using node = new ProbeNode({ config: "  landlock-abi: 99\n" });
  const { code, stderr } = node.run("true");
  assert.equal(code, 125);
  assert.match(stderr, /^redpak: Cannot restrict "access by Landlock": not supported \(EOPNOTSUPP\)\n/);
  assert.match(stderr, /redpak\.yaml:\d+:\d+\n {2}hint: this kernel has no Landlock, or an older one/);
});

rootTest("processes that share the process ids get no signal from the node", () => {
  const attempts = `signal ${Deno.pid}`;
  const config = "  share_pid: enabled\n  share_user: enabled\n";
  assert.deepEqual(probe(attempts, { config }), ["EPERM"]);
  assert.deepEqual(probe(attempts, { config: config + "  landlock: off\n" }), ["ok"]);
});

rootTest("a kernel without Landlock is enough unless it is required", async () => {
  const enosys = await compile("enosys.c");
  const launch = (config: string) => {
    using node = new ProbeNode({ config, shell: `exec ${enosys} 444 -- "$@"` });
    return node.run("echo started");
  };
  assert.equal(launch("").stdout, "started\n");
  const { code, stderr } = launch("  landlock: required\n");
  assert.equal(code, 125);
  assert.match(stderr, /^redpak: Cannot restrict "access by Landlock": not implemented by this kernel \(ENOSYS\)\n/);
});

rootTest("a filter that hides a capability from who takes it away stops the launch", async () => {
  const hider = await compile("unknown_capability.c");
  const launch = (capability: number) => {
    using node = new ProbeNode({ shell: `exec ${hider} ${capability} "$@"` });
    return node.run("echo started");
  };
  const beyondAll = 63;
  assert.equal(launch(beyondAll).stdout, "started\n");
  for (const capability of [0, 12, 37]) {
    const { code, stdout, stderr } = launch(capability);
    assert.deepEqual([code, stdout], [125, ""]);
    assert.match(stderr, /^redpak: Cannot .*capabilities.*\(EINVAL\)/);
  }
});

rootTest("only the TCP ports that are listed can be used", () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const config = (lists: string) => `  share_net: enabled\n  network: { ${lists} }\n`;
  const attempts = `bind 40000 bind 40001 connect ${port} connect 1`;
  assert.deepEqual(probe(attempts, { config: config(`bind: [40000], connect: [${port}]`) }), [
    "ok",
    "EACCES",
    "ok",
    "EACCES",
  ]);
  assert.deepEqual(probe(attempts, { config: config("bind: []") }), ["EACCES", "EACCES", "ok", "ECONNREFUSED"]);
});

rootTest("limits of processes are those of the configuration, and never above the launcher's", () => {
  const config = "  rlimits: { nofile: 100:200, nproc: 7, memlock: 64K, fsize: unlimited }\n";
  const attempts = "limit 4 limit 6 limit 7 limit 8 limit 14";
  const answers = probe(attempts, { config }).filter((answer) => answer !== "ok");
  assert.deepEqual(answers, ["0:0", "7:7", "100:200", "65536:65536", "0:0"]);
  const shell = 'ulimit -n 150 && exec "$@"';
  assert.deepEqual(probe("limit 7", { config, shell }), ["100:150", "ok"]);
});

rootTest("what /proc tells of the kernel, its memory and the machine cannot be opened", () => {
  const names = ["cmdline", "interrupts", "iomem", "kallsyms", "kcore", "keys", "kmsg", "timer_list"].filter((name) =>
    exists(`/proc/${name}`)
  );
  const attempts = names.flatMap((name) => [`read /proc/${name}`, `write /proc/${name}`]).join(" ");
  for (const config of ["", "  share_pid: enabled\n"]) {
    const answers = probe(`${attempts} read /proc/cpuinfo read /proc/self/maps`, { config });
    assert.deepEqual([...new Set(answers.slice(0, -2))], ["EACCES"], config);
    assert.deepEqual(answers.slice(-2), ["ok", "ok"]);
  }
});

for (const [caller, uid] of Object.entries(isRoot ? { root: 0, "a user": 61_234 } : { "a user": Deno.uid()! })) {
  Deno.test(`a /proc of nothing but processes shows those of the program, and no other, launched by ${caller}`, () => {
    using scratch = new Scratch();
    const node = scratch.node("n", `${SYSTEM}${PATH}  proc: pid\n`);
    const run = (script: string) => redpak(["run", node, "--", "sh", "-c", script], { cwd: "/", uid });
    const { code, stdout, stderr } = run(`set -e; sleep 60 & cd /proc
      until [ "$(cat $!/comm)" = sleep ]; do :; done
      ls -d $! $$ self thread-self | wc -l
      echo [!0-9]*; ls -d 1 sys kcore cpuinfo 2>/dev/null || :; [ -e /dev/stdin ] && ls /dev/fd/ | wc -l
      echo 1000 >self/oom_score_adj; tr '\\0' ' ' </proc/$!/cmdline; kill $!`);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^4\nself thread-self\n\d+\nsleep 60 $/);
    // Otherwise all of them are there.
    scratch.node("n", `${SYSTEM}${PATH}`);
    assert.equal(run("ls -d /proc/1 /proc/sys /proc/cpuinfo | wc -l").stdout, "3\n");
  });
}

rootTest("what gives power over the host is not exported by mistake", () => {
  const exports = "  - { mode: Restricted, mount: /host, path: / }\n";
  using refused = new ProbeNode({ exports });
  const { code, stderr } = refused.run("true");
  assert.equal(code, 3);
  assert.match(stderr, /Cannot export "\/": "\/proc" gives power over the host/);
  using meant = new ProbeNode({ exports, config: "  unsafe: true\n" });
  assert.equal(meant.run("test -d /host/sys").code, 0);
});

rootTest("the oom score is that of the configuration, for init and program alike", () => {
  using node = new ProbeNode({ config: "  oom-score: 700\n" });
  assert.equal(node.run("cat /proc/1/oom_score_adj /proc/self/oom_score_adj").stdout, "700\n700\n");
});
