/** `ps`, `enter` and `stop` of the built binary. */
import assert from "node:assert/strict";
import { exists, redpak, rootTest, Scratch } from "./_node.ts";
import { asEach, by, listed, NAME, Running, type User, usualNode } from "./_running.ts";
import { until } from "./_until.ts";

function records({ directory }: User): string[] {
  return exists(directory) ? [...Deno.readDirSync(directory)].map(({ name }) => name) : [];
}

asEach("a node is listed while it runs, and leaves nothing", async (user, scratch) => {
  const node = usualNode(scratch);
  assert.deepEqual(listed(user, scratch.path), []);
  {
    await using running = await Running.start(user, node);
    const { id, supervisor, init, program, memoryBytes } = running.listed;
    assert.equal(id, `${NAME}-${running.process.pid}`);
    assert.equal(supervisor, running.process.pid);
    assert.equal(Deno.readTextFileSync(`/proc/${init}/comm`), "redpak-init\n");
    assert.match(Deno.readTextFileSync(`/proc/${program}/cmdline`), /^sleep/);
    assert(memoryBytes > 0);
    assert.match(by(user, "ps").stdout, new RegExp(`^${id} +${NAME} +${supervisor} .*running .* ${node}$`, "m"));
    assert.equal(Deno.statSync(user.directory).mode! & 0o7777, 0o700);
    running.process.kill("SIGTERM");
    await running.process.status;
    assert(!records(user).some((name) => name.includes(`.${supervisor}.`)), "the supervisor has removed its record");
  }
  assert.deepEqual(listed(user, scratch.path), []);
});

asEach("the record of a killed supervisor is removed by who finds it", async (user, scratch) => {
  const node = usualNode(scratch);
  const running = await Running.start(user, node);
  const isRecorded = () => records(user).some((name) => name.includes(`.${running.process.pid}.`));
  running.process.kill("SIGKILL");
  await running.process.status;
  assert(isRecorded());
  assert.deepEqual(listed(user, scratch.path), []);
  assert(!isRecorded());
});

asEach("a record is never believed alone", async (user, scratch) => {
  await using running = await Running.start(user, usualNode(scratch));
  const name = records(user).find((name) => name.includes(`.${running.process.pid}.`))!;
  const text = Deno.readTextFileSync(`${user.directory}/${name}`);
  const plant = (file: string, content: string) => {
    Deno.writeTextFileSync(`${user.directory}/${file}`, content, { mode: 0o600 });
    Deno.chownSync(`${user.directory}/${file}`, user.uid, user.uid);
  };
  // Another process's start time; this process, which is no supervisor; another boot; nothing of a record at all.
  const later = name.replace(/\.(\d+)\.json/, (_, time) => `.${Number(time) + 1}.json`);
  plant(later, text);
  const [, , , , ...stat] = Deno.readTextFileSync(`/proc/${Deno.pid}/stat`).split(" ");
  plant(name.replace(/\.\d+\.\d+\.json/, `.${Deno.pid}.${stat[17]}.json`), text);
  assert.deepEqual(listed(user, scratch.path).map(({ id }) => id), [running.id]);
  assert(!exists(`${user.directory}/${later}`), "stale");
  plant(name, "nonsense");
  assert.deepEqual(listed(user, scratch.path), []);
  records(user).filter((file) => file.includes(`.${Deno.pid}.`)).forEach((file) =>
    Deno.removeSync(`${user.directory}/${file}`)
  );
});

asEach("R24 a damaged record is never believed, and said to be damaged", async (user, scratch) => {
  await using running = await Running.start(user, usualNode(scratch));
  const file = `${user.directory}/${records(user).find((name) => name.includes(`.${running.process.pid}.`))}`;
  const record = Deno.readFileSync(file);
  const plan = record.indexOf("\n".charCodeAt(0)) + 1;
  const commands = { audit: [], stop: ["--time", "0"], enter: ["--", "true"] };
  const hint = `process ${running.process.pid} runs it: its record is damaged, ${file}`;
  // In what the node is found by nothing is believed.
  for (const place of [2, Math.floor(plan / 2), plan - 3]) {
    Deno.writeFileSync(file, record.with(place, record[place]! ^ 1));
    assert.deepEqual(listed(user, scratch.path), []);
    const { code, stderr } = by(user, "ps");
    assert.equal(code, 0);
    assert.ok(
      stderr.includes(`Cannot tell which node process ${running.process.pid} runs: its record "${file}"`),
      stderr,
    );
    for (const [command, options] of Object.entries(commands)) {
      const { code, stdout, stderr } = by(user, command, running.id, ...options);
      assert.deepEqual([code, stdout, stderr.includes(hint)], [4, "", true], stderr);
    }
  }
  // Without its plan a node is listed and stopped, and nothing is said of what it should be.
  for (const place of [plan, Math.floor((plan + record.length) / 2)]) {
    Deno.writeFileSync(file, record.with(place, record[place]! ^ 1));
    assert.deepEqual(listed(user, scratch.path).map(({ id }) => id), [running.id]);
    for (const command of ["audit", "enter"]) {
      const { code, stdout, stderr } = by(user, command, running.id);
      assert.deepEqual([code === 0, stdout], [false, ""]);
      assert.equal(
        stderr,
        `redpak: Cannot tell what node "${running.id}" was started with: its record is damaged\n` +
          `  hint: redpak stop ${running.id}, and start the node again\n`,
      );
    }
  }
  assert.equal(by(user, "stop", running.id, "--time", "0").code, 0);
});

asEach("a run directory of somebody else is not used, and the node runs all the same", async (user, scratch) => {
  if (user.uid === 0) return;
  const node = usualNode(scratch);
  Deno.mkdirSync(user.directory, { mode: 0o777 });
  for (const [uid, mode] of [[0, 0o700], [user.uid, 0o770]] as const) {
    Deno.chownSync(user.directory, uid, uid);
    Deno.chmodSync(user.directory, mode);
    const result = by(user, "run", node, "--", "true");
    assert.equal(result.code, 0);
    assert.match(result.stderr, /will not find this node/);
    assert.equal(by(user, "ps").code, 5);
  }
  Deno.removeSync(user.directory);
  Deno.symlinkSync("/tmp", user.directory);
  assert.match(by(user, "run", node, "--", "true").stderr, /will not find this node/);
  await Promise.resolve();
});

/** Waits until the program ignores SIGTERM: one that has just started has not come to that. */
async function isDeaf({ listed: { program } }: Running): Promise<void> {
  const ignored = () => /^SigIgn:\t(\w+)$/m.exec(Deno.readTextFileSync(`/proc/${program}/status`))?.[1] ?? "";
  await until(() => (parseInt(ignored(), 16) & 1 << 14) !== 0, () => `ignores ${ignored()}`);
}

asEach("stop asks the program, and kills what does not listen", async (user, scratch) => {
  const node = usualNode(scratch);
  {
    await using running = await Running.start(user, node);
    const { code, stdout } = by(user, "stop", NAME);
    assert.deepEqual([code, stdout], [0, `stopped ${running.id}\n`]);
    assert.equal((await running.process.status).code, 143);
  }
  await using deaf = await Running.start(user, node, "sh", "-c", "trap '' TERM; sleep 1000 & while :; do wait; done");
  await isDeaf(deaf);
  const { code, stdout } = by(user, "stop", deaf.id, "--time", "0.2");
  assert.deepEqual([code, stdout], [0, `killed ${deaf.id}\n`]);
  assert(!exists(`/proc/${deaf.listed.program}`));
  assert.equal(by(user, "stop", deaf.id).code, 4);
});

asEach("stop reaches a node whose supervisor is stopped", async (user, scratch) => {
  await using running = await Running.start(user, usualNode(scratch));
  running.process.kill("SIGSTOP");
  assert.equal(by(user, "stop", running.id).code, 0);
});

rootTest("stop ends everything of a node that shares its pid namespace", async () => {
  using scratch = new Scratch();
  const user = { name: "root", uid: 0, directory: "/run/redpak", env: {} };
  const node = usualNode(scratch, "  share_pid: enabled\n");
  await using running = await Running.start(
    user,
    node,
    "sh",
    "-c",
    "trap '' TERM; setsid sleep 4242 & while :; do wait; done",
  );
  await isDeaf(running);
  assert.equal(by(user, "stop", running.id, "--time", "0").code, 0);
  const left = [...Deno.readDirSync("/proc")].filter(({ name }) => /^\d+$/.test(name)).filter(({ name }) => {
    try {
      return Deno.readTextFileSync(`/proc/${name}/cmdline`).includes("4242");
    } catch {
      return false;
    }
  });
  assert.deepEqual(left, []);
});

/** What a program can tell about its confinement. */
const SHOW = `
for name in user mnt pid ipc uts net cgroup time; do readlink /proc/self/ns/$name; done
grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Umask|SigIgn|SigBlk)' /proc/self/status
cat /proc/self/limits /proc/self/uid_map /proc/self/gid_map /proc/self/cgroup
env | sort | grep -v ^_=; pwd; hostname; ls /`;

const NODES: Readonly<Record<string, string>> = {
  "the usual exports": "",
  "capabilities, a host name, a umask and a directory":
    "  hostname: box\n  umask: 027\n  chdir: /tmp\n  capabilities: [ { cap: CAP_CHOWN, add: 1 } ]\n",
  "shared namespaces": "  share_net: enabled\n  share_ipc: enabled\n  share_pid: enabled\n",
  "a time of its own": "  share_time: disabled\n",
};

for (const [name, config] of Object.entries(NODES)) {
  asEach(`who enters a node with ${name} is confined as its program`, async (user, scratch) => {
    const shared = `${scratch.path}/shared`;
    Deno.mkdirSync(shared);
    Deno.chownSync(shared, user.uid, user.uid);
    const node = usualNode(scratch, config);
    const file = `${node}/etc/redpak.yaml`;
    const text = Deno.readTextFileSync(file);
    Deno.writeTextFileSync(
      file,
      text.replace("exports:\n", `exports:\n  - { mode: Public, mount: /shared, path: ${shared} }\n`),
    );
    await using running = await Running.start(
      user,
      node,
      "sh",
      "-c",
      `{ ${SHOW}\n} >/shared/new; mv /shared/new /shared/program; exec sleep 1000`,
    );
    while (!exists(`${shared}/program`)) await new Promise((resolve) => setTimeout(resolve, 20));
    const entered = by(user, "enter", running.id, "--", "sh", "-c", SHOW);
    assert.deepEqual([entered.code, entered.stderr], [0, ""]);
    const program = Deno.readTextFileSync(`${shared}/program`);
    assert.deepEqual(entered.stdout.split("\n"), program.split("\n"));
    assert(program.split("\n").length > 40);
  });
}

asEach("enter gives the program's exit status and forwards signals", async (user, scratch) => {
  await using running = await Running.start(user, usualNode(scratch));
  assert.equal(by(user, "enter", NAME, "--", "sh", "-c", "exit 7").code, 7);
  assert.equal(by(user, "enter", NAME, "--", "sh", "-c", "kill -KILL $$").code, 137);
  assert.equal(by(user, "enter", NAME, "--", "no-such-program").code, 127);
  assert.equal(by(user, "enter", "absent", "--", "true").code, 4);
  assert.equal(listed(user, scratch.path).length, 1, "who enters is no node of its own");
  assert.equal(running.listed.state, "running");
});

asEach("the node sees nothing of who enters but the program", async (user, scratch) => {
  const node = usualNode(scratch);
  await using running = await Running.start(user, node);
  const script = "ls -l /proc/self/fd | grep -c ' -> ' ; for p in /proc/[0-9]*; do cat $p/comm; done | sort | uniq -c";
  const { stdout } = by(user, "enter", running.id, "--", "sh", "-c", script);
  assert(!stdout.includes("redpak-enter"), stdout);
  assert.match(stdout, /1 redpak-init\n/);
});

asEach("a program that was entered ends with its supervisor, and with the node", async (user, scratch) => {
  await using running = await Running.start(user, usualNode(scratch));
  const start = () =>
    new Deno.Command(Deno.env.get("REDPAK") ?? new URL("../../dist/redpak", import.meta.url).pathname, {
      args: ["enter", running.id, "--", "sh", "-c", "echo ready; exec sleep 1000"],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
      uid: user.uid,
      gid: user.uid,
      env: user.env,
    }).spawn();
  const processes = () =>
    by(user, "enter", running.id, "--", "sh", "-c", "cat /proc/[0-9]*/comm | grep -c sleep").stdout.trim();
  const killed = start();
  await killed.stdout.getReader().read();
  await until(() => processes() === "2", () => `${processes()} instead of 2`);
  killed.kill("SIGKILL");
  await killed.status;
  await until(() => processes() === "1", () => `${processes()} instead of 1`);

  const left = start();
  await left.stdout.getReader().read();
  by(user, "stop", running.id, "--time", "0");
  assert.equal((await left.status).code, 137);
});

rootTest("only root and who has started a node find it", async () => {
  using scratch = new Scratch();
  const root = { name: "root", uid: 0, directory: "/run/redpak", env: {} };
  await using running = await Running.start(root, usualNode(scratch));
  for (const command of ["stop", "enter"]) {
    assert.equal(redpak([command, running.id], { uid: 23_457 }).code, 4);
  }
  assert(exists(`/proc/${running.listed.program}`));
});

asEach("stats says what a node uses", async (user, scratch) => {
  await using running = await Running.start(user, usualNode(scratch), "sh", "-c", "sleep 1000 & sleep 1000");
  const stats = () => JSON.parse(by(user, "stats", NAME, "--json").stdout).data.nodes[0];
  // Init, the shell and what it has started.
  await until(() => stats().processes === 4, () => `${stats().processes} processes instead of 4`);
  const row = stats();
  assert.equal(row.id, running.id);
  assert(row.memoryBytes > 0 && row.cpuSeconds >= 0);
  assert.match(by(user, "stats").stdout, new RegExp(`^${running.id} +- +0\\.`, "m"));
  assert.equal(by(user, "stats", "absent").code, 4);
});

rootTest("on a terminal, stats shows numbers until q", async () => {
  using scratch = new Scratch();
  const root = { name: "root", uid: 0, directory: "/run/redpak", env: {} };
  await using running = await Running.start(root, usualNode(scratch));
  const redpakPath = Deno.env.get("REDPAK") ?? new URL("../../dist/redpak", import.meta.url).pathname;
  const terminal = new Deno.Command("script", {
    args: ["-q", "-e", "-c", `${redpakPath} stats`, "/dev/null"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = terminal.stdout.getReader();
  let seen = "";
  const decoder = new TextDecoder();
  while (!seen.includes("q: leave")) seen += decoder.decode((await reader.read()).value);
  assert(seen.includes(running.id), seen);
  const writer = terminal.stdin.getWriter();
  await writer.write(new TextEncoder().encode("q"));
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) seen += decoder.decode(chunk.value);
  assert(seen.trimEnd().endsWith("\x1b[?1049l"), "the terminal is as it was");
  assert.equal((await terminal.status).code, 0);
  await writer.close().catch(() => {});
});
