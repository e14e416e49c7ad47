/**
 * Every system call of a launch fails once: the program is then not started, with a message that says what failed, or is as
 * confined as ever, and nothing waits for ever.
 *
 * REDPAK_FAULTS=all has every use of each call fail with each of the errors, REDPAK_FAULTS=mount,openat those of some calls;
 * without it a few of all calls fail.
 */
import assert from "node:assert/strict";
import { SYSTEM_CALLS } from "../../ffi/libc/system_calls.ts";
import { attachPlan } from "../../src/plan/attach_plan.ts";
import { encodePlan } from "../../src/plan/encode.ts";
import { planFromJson, planToJson } from "../../src/plan/json.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { compile } from "./_compile.ts";
import { confinement, difference } from "./_confinement.ts";
import type { Attempted } from "./_faulty_launch.ts";
import { exec, PATH, redpak, type Result, rootTest, Scratch, SYSTEM } from "./_node.ts";
import { stage, withoutCgroups } from "./_staged_node.ts";

const CHOSEN = Deno.env.get("REDPAK_FAULTS")?.split(",");
const ERRORS = CHOSEN === undefined
  ? ["EPERM", "ENOSYS", "EINTR"]
  : ["EPERM", "ENOSYS", "EINVAL", "ENOMEM", "EMFILE", "EAGAIN", "EINTR"];
/** Uses of a call by one process. */
const MOST = CHOSEN === undefined ? 2 : 400;
const isChosen = (call: string) => CHOSEN === undefined || CHOSEN.includes("all") || CHOSEN.includes(call);
const USER = 61_234;

/** A node that uses all that a launch can do without a group of its own. */
const CONFIG = (path: string) =>
  SYSTEM.trimEnd() + `
  - { mode: RestrictedFile, mount: /state, path: ${path}/state }
  - { mode: Public, mount: /data, path: ${path}/data }
  - { mode: Private, mount: /made, path: ${path}/n/made/by/launch }
  - { mode: Anonymous, mount: /anonymous/directory }
  - { mode: Symlink, mount: /link, path: /etc/file }
  - { mode: Mqueue, mount: /dev/mqueue }
environ:
  - { key: A, value: b }
` + PATH + `  hostname: box
  umask: 027
  landlock: required
  network: { bind: [80] }
  rlimits: { nofile: 64:128, memlock: 64K }
  oom-score: 100
  seccomp: strict
`;

interface Scene extends Disposable {
  readonly path: string;
  readonly plan: Plan;
}

/** The plan of the node as one caller gets it, with the text of commands in the place of the commands. */
async function scene(uid: number, more = ""): Promise<Scene> {
  const scratch = new Scratch();
  Deno.copyFileSync(await compile("state.c", "-static"), `${scratch.path}/state`);
  Deno.mkdirSync(`${scratch.path}/data`);
  const node = scratch.node("n", CONFIG(scratch.path) + more);
  exec("chown", ["-R", `${uid}:${uid}`, scratch.path]);
  const { code, stdout, stderr } = redpak(["plan", node, "--format", "json", "--", "/state"], { cwd: "/", uid });
  assert.equal(code, 0, stderr);
  const plan = withoutCgroups(planFromJson(JSON.parse(stdout)));
  return { path: scratch.path, plan, [Symbol.dispose]: () => scratch[Symbol.dispose]() };
}

/** What is wrong with a launch that a fault was in; undefined for nothing. */
function judge({ code, stdout, stderr }: Result, usual: string, isMute: boolean): string | undefined {
  if (code === 137) return "hangs";
  const seen = confinement(stdout);
  if (seen !== undefined) return seen === usual ? undefined : difference(usual, seen);
  // The program's own calls fail as well. Behind its filter, which does not know the number that strace puts in the place
  // of a call, the process ends by SIGSYS.
  if (code === 1 || code === 159) return undefined;
  if (![5, 125, 126, 127].includes(code)) return `ends with ${code}`;
  return isMute || /^redpak: Cannot .+: .+/m.test(stderr) ? undefined : `does not say what failed: ${stderr}`;
}

/**
 * These have no error, or none that can come here: a child that there is can be waited for without waiting. An injected
 * failure of `close` leaves the descriptor open; `execve` is strace's own as well.
 */
const NOT_INJECTED = ["close", "execve", "exit", "exit_group", "geteuid", "getpid", "getppid", "umask", "wait4"];

/** System calls of the stage up to the program, with the most uses of one process. */
function callsOf(log: string): Map<string, number> {
  const calls = new Map<string, number>();
  const uses = new Map<string, Map<string, number>>();
  for (const [, pid = "", name = ""] of log.matchAll(/^(\d+) +(\w+)\(/gm)) {
    const own = uses.get(pid) ?? new Map<string, number>();
    // The first call of the first process makes it the stage; those of others make them the program.
    if (own.has("execve") || name === "execve" && uses.size > 0) own.set("execve", 1);
    else {
      own.set(name, (own.get(name) ?? 0) + 1);
      if (!NOT_INJECTED.includes(name)) calls.set(name, Math.max(calls.get(name) ?? 0, own.get(name)!));
      own.delete("execve");
    }
    uses.set(pid, own);
  }
  return calls;
}

/** @param start runs the launch under strace with these arguments */
function injectEverywhere(path: string, start: (...strace: string[]) => Result): void {
  const log = `${path}/log`;
  const run = (...options: string[]) => {
    Deno.writeTextFileSync(log, "", { mode: 0o666 });
    Deno.chmodSync(log, 0o666);
    return start("strace", "-f", "-qq", "-o", log, ...options);
  };
  const clean = run();
  const usual = confinement(clean.stdout) ?? "";
  assert.ok(usual.includes("to bind port 81=13"), JSON.stringify(clean));
  const calls = callsOf(Deno.readTextFileSync(log));
  const found: string[] = [];
  let faults = 0;
  for (const [name, count] of calls) {
    for (const error of isChosen(name) ? ERRORS : []) {
      for (let when = 1; when <= Math.min(count, MOST); when++) {
        const fault = `inject=${name}:error=${error}:when=${when}`;
        const result = run("-e", `trace=${name}`, "-e", fault);
        if (!Deno.readTextFileSync(log).includes("(INJECTED)")) continue;
        faults++;
        const wrong = judge(result, usual, name === "write");
        if (wrong !== undefined) found.push(`${fault}: ${wrong}`);
      }
    }
  }
  console.log(`${faults} faults in ${calls.size} system calls`);
  assert.deepEqual(found, []);
  assert.ok(calls.size > 40 && (CHOSEN !== undefined || faults > 200));
}

for (const [caller, uid] of Object.entries({ root: 0, "an ordinary user": USER })) {
  rootTest(
    `no failing system call of a stage that ${caller} starts makes a node weaker, or lasts for ever`,
    async () => {
      using node = await scene(uid);
      const launcher = `${node.path}/launcher`;
      Deno.writeFileSync(launcher, attachPlan(stage(), encodePlan(node.plan)), { mode: 0o755 });
      const user = uid === 0 ? [] : ["setpriv", "--reuid", String(uid), "--regid", String(uid), "--clear-groups"];
      injectEverywhere(
        node.path,
        (...strace) => exec("timeout", ["-s", "KILL", "20", ...user, ...strace, launcher], { cwd: "/" }),
      );
    },
  );
}

rootTest("no failing system call of root's launcher makes a node weaker, or leaves anything", async () => {
  using node = await scene(0);
  const [plan, file, records] = [`${node.path}/plan.json`, `${node.path}/stage`, `${node.path}/records`];
  Deno.writeTextFileSync(plan, JSON.stringify(planToJson(node.plan)));
  Deno.writeFileSync(file, stage());
  const script = new URL("_faulty_launch.ts", import.meta.url).pathname;
  const start = (call: string, error: string, first: number) =>
    exec(
      "timeout",
      ["-s", "KILL", "60", Deno.execPath(), "run", "-q", "--no-check", "-A", script].concat(
        [plan, file, records, call, error, String(first), String(MOST)],
      ),
      { cwd: "/" },
    );

  const usual = confinement(start("none", "EPERM", 0).stdout) ?? "";
  assert.ok(usual.includes("to bind port 81=13"));
  const found: string[] = [];
  let [faults, calls] = [0, 0];
  for (const name of Object.keys(SYSTEM_CALLS)) {
    // Two cannot fail; an injected failure of the others leaves a descriptor open, and a child that has ended.
    if (["geteuid", "umask", "close", "wait4"].includes(name) || !isChosen(name)) continue;
    let wasUsed = false;
    for (const error of ERRORS) {
      for (let use = 1; use <= MOST;) {
        const result = start(name, error, use);
        const attempts = [...result.stderr.matchAll(/^fault (.*)$/gm)].map(([, json]) =>
          JSON.parse(json!) as Attempted
        );
        for (const { use, result: became, message = "", left = [] } of attempts) {
          const fault = `${name} ${error} ${use}`;
          if (became === "absent") continue;
          faults++;
          if (became === "crashed") found.push(`${fault}: ${message}`);
          if (became === "refused" && !/^Cannot .+ ".+": .+/.test(message)) found.push(`${fault}: ${message}`);
          if (left.length > 0) found.push(`${fault}: ${left}`);
          const wrong = became === "launched" ? judge(result, usual, false) : undefined;
          if (wrong !== undefined) found.push(`${fault}: ${wrong}`);
        }
        const last = attempts.at(-1);
        const stale = [...Deno.readDirSync(records)].map(({ name }) => name);
        // One that cannot be removed is removed by whoever finds it.
        if (stale.length > 0 && name !== "unlinkat") {
          found.push(`${name} ${error} ${last?.use} ${last?.result}: left ${stale}`);
        }
        stale.forEach((name) => Deno.removeSync(`${records}/${name}`));
        if (last === undefined) found.push(`${name} ${error} ${use}: ${result.code}: ${result.stderr}`);
        if (last === undefined || last.result === "absent") break;
        wasUsed = true;
        use = last.use + 1;
      }
      if (!wasUsed) break;
    }
    if (wasUsed) calls++;
  }
  console.log(`${faults} faults in ${calls} system calls`);
  assert.deepEqual(found, []);
  assert.ok(CHOSEN !== undefined || calls > 15 && faults > 100, `${calls}: ${faults}`);
});
