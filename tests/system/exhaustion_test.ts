/**
 * Launches in a machine that has too little of something, and nodes that take all that they can: a launch is right or
 * refused, never half, and a node ends when it is told to. Ids are those of tests/security/catalogue/reliability.ts.
 */
import assert from "node:assert/strict";
import { compile } from "./_compile.ts";
import { confinement, difference } from "./_confinement.ts";
import { exec, exists, PATH, REDPAK, redpak, type Result, rootTest, Scratch, SYSTEM } from "./_node.ts";
import { asEach, by, listed, Running, usualNode } from "./_running.ts";
import { until } from "./_until.ts";

/** A node whose program shows how it is confined. */
async function showing(scratch: Scratch): Promise<string> {
  Deno.copyFileSync(await compile("state.c", "-static"), `${scratch.path}/state`);
  return scratch.node(
    "n",
    `${SYSTEM}  - { mode: RestrictedFile, mount: /state, path: ${scratch.path}/state }\n${PATH}`,
  );
}

/** A program that shows how it is confined, and is one process. */
const LIMITED = "exec grep -E '^(Cap|Seccomp|NoNewPrivs|Groups)' /proc/self/status";

/** What is there without the launch, and what it may not change; `limits` are those of the caller in /proc/PID/limits. */
function judge({ code, stdout, stderr }: Result, usual: string, what: string): "right" | "refused" {
  const withoutLimits = (text: string) => text.replaceAll(/^Max .*$/gm, "");
  if (code === 0) {
    const seen = confinement(stdout) ?? stdout;
    if (withoutLimits(seen) !== withoutLimits(usual)) assert.fail(`${what}: ${difference(usual, seen)}`);
    return "right";
  }
  assert.ok(code === 125 || code === 5, `${what}: ${code}: ${stderr}`);
  assert.equal(stdout, "", what);
  assert.match(stderr, /^redpak: Cannot .+: .+/m, what);
  return "refused";
}

rootTest("R22 with a full /run or /tmp a node starts as ever, or is refused", async () => {
  using scratch = new Scratch();
  const node = await showing(scratch);
  const usual = confinement(redpak(["run", node, "--", "/state"], { cwd: "/" }).stdout)!;
  // The node stays visible where /tmp is covered.
  const fill = `mount --make-rprivate / && mount --bind "$1" /mnt && mkdir -p /run/redpak &&
    for place in /run /tmp /dev/shm; do
      mount -t tmpfs -o "$2" full "$place" && chmod 1777 "$place"; cat /dev/zero >"$place/fill" 2>/dev/null; :
    done; mkdir -p "$1" 2>/dev/null; cd / && exec "$3" run "$4" -- /state`;
  for (const size of ["size=4k", "size=64k,nr_inodes=2"]) {
    const args = ["--mount", "sh", "-c", fill, "sh", scratch.path, size, REDPAK, node.replace(scratch.path, "/mnt")];
    const result = exec("unshare", args);
    // Its own paths are named in mountinfo.
    const seen = { ...result, stdout: result.stdout.replaceAll("/mnt/", `${scratch.path}/`) };
    judge(seen, usual, size);
  }
});

rootTest("R23 with few descriptors a node starts as ever, or is refused, and starts when there are more", async () => {
  using scratch = new Scratch();
  const node = await showing(scratch);
  const start = (most: number) =>
    exec("sh", ["-c", 'cd /; ulimit -n "$2"; exec "$0" run "$1" -- /state', REDPAK, node, String(most)]);
  const usual = confinement(start(1024).stdout)!;
  const became = [20, 24, 28, 32, 40, 48].map((most) => judge(start(most), usual, `${most} descriptors`));
  console.log(became.join(" "));
  assert.equal(judge(start(1024), usual, "enough descriptors"), "right");
});

rootTest("R23 with few processes a user's node starts as ever, or is refused, and starts when there are more", () => {
  using scratch = new Scratch();
  const user = 23_461;
  const node = scratch.node("n", SYSTEM + PATH);
  const launcher = `${scratch.path}/launcher`;
  exec("chown", ["-R", `${user}:${user}`, scratch.path]);
  // Deno itself needs more threads than the launch has processes.
  const sealed = redpak(["seal", node, "--output", launcher, "--", "sh", "-c", LIMITED], { uid: user });
  assert.equal(sealed.code, 0, sealed.stderr);
  const start = (most: string) => exec("bash", ["-c", `cd /; ulimit -u ${most}; exec ${launcher}`], { uid: user });
  const usual = start("unlimited").stdout;
  assert.match(usual, /^Seccomp:\t2$/m);
  const became = [0, 1, 2, 3, 4].map((most) => judge(start(String(most)), usual, `${most} processes`));
  console.log(became.join(" "));
  assert.ok(became.includes("refused") && became.includes("right"));
  assert.equal(judge(start("unlimited"), usual, "enough processes"), "right");
});

rootTest("where the kernel forbids programs in memory a launch is refused with a way round, and doctor says so", () => {
  const setting = "/proc/sys/vm/memfd_noexec";
  // Linux 6.3; each pid namespace has its own.
  if (!exists(setting)) return console.log(`skipped: the kernel has no ${setting}`);
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const forbidden = (command: string, ...args: string[]) => {
    const script = `echo 2 >${setting} && exec "$0" "$@"`;
    return exec("unshare", ["--pid", "--fork", "--mount-proc", "sh", "-c", script, command, ...args], { cwd: "/" });
  };
  const { code, stdout, stderr } = forbidden(REDPAK, "run", node, "--", "echo", "started");
  assert.deepEqual([code, stdout], [125, ""]);
  assert.match(stderr, /Cannot launch .*\(EACCES\)\n {2}hint: .*vm\.memfd_noexec.*redpak seal/);
  const doctor = forbidden(REDPAK, "doctor");
  assert.equal(doctor.code, 1);
  assert.match(doctor.stdout, /^fail +D-MEMFD +vm\.memfd_noexec = 2\n.*\n +fix: sysctl -w vm\.memfd_noexec=1/m);
  const launcher = `${scratch.path}/launcher`;
  assert.equal(redpak(["seal", node, "--output", launcher, "--", "echo", "started"]).code, 0);
  assert.equal(forbidden(launcher).stdout, "started\n");
});

rootTest("R26 a file of the configuration that never answers stops no launch from ending", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  scratch.file("n/etc/redpak-admin.yaml", "headers: { alias: n-admin }\n");
  const run = ["-s", "KILL", "60", REDPAK, "run", "--admin", node, "--", "echo", "started"];
  for (const file of ["etc/redpak.yaml", "etc/redpak-admin.yaml", ".rednode.yaml"]) {
    const path = `${node}/${file}`;
    exec("mv", [path, `${scratch.path}/kept`]);
    exec("mkfifo", ["-m", "644", path]);
    const { code, stdout, stderr } = exec("timeout", run);
    assert.notEqual(code, 137, `${file}: it waits`);
    assert.deepEqual([stdout, code === 0], ["", false], `${file}: ${stderr}`);
    Deno.removeSync(path);
    exec("mv", [`${scratch.path}/kept`, path]);
  }
  assert.equal(redpak(["run", node, "--", "true"]).code, 0);
});

asEach("R16 a node that is full of processes is stopped as any", async (user, scratch) => {
  const fill = "trap '' TERM; n=0; while [ $n -lt 450 ]; do sleep 1000 & n=$((n+1)); done; exec sleep 1000";
  await using running = await Running.start(user, usualNode(scratch), "sh", "-c", fill);
  const processes = () => JSON.parse(by(user, "stats", running.id, "--json").stdout).data.nodes[0].processes as number;
  await until(() => processes() >= 450, () => `${processes()} processes`);
  const { code, stderr } = by(user, "stop", running.id, "--time", "0");
  assert.equal(code, 0, stderr);
  await running.process.status;
  assert.deepEqual(listed(user, scratch.path), []);
});

rootTest("R18 a storm of orphans leaves no zombie, and its init no larger", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const storm = (orphans: number) => `i=0; while [ $i -lt ${orphans} ]; do (true &) ; i=$((i+1)); done`;
  // Orphans may still be running when the loop is over: it is enough that all are gone some time.
  const script = `memory() { sed -n 's/^VmHWM:[^0-9]*//p' /proc/1/status; }
    count() { echo $#; }
    ${storm(50)}; before=$(memory); ${storm(2000)}
    for try in $(seq 1000); do left=$(count /proc/[0-9]*); [ $left = 3 ] && break; sleep 0.02; done
    echo "$left processes, $before, $(memory)"`;
  const { stdout, stderr } = redpak(["run", node, "--", "sh", "-c", script]);
  // Init, the shell, and the one that counts.
  assert.match(stdout, /^3 processes, (\d+ kB), \1\n$/, stderr);
});
