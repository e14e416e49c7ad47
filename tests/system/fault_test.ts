/**
 * Every system call of a launch fails once: the program is then not started, with a message that says what failed, or is as
 * confined as ever, and nothing waits for ever.
 *
 * A call that is not there at all, or that nobody is permitted to make, fails each time: then the message has to name what
 * cannot be had, unless there is something of the same strength in its place.
 *
 * REDPAK_FAULTS=all has every use of each call fail with each of the errors, REDPAK_FAULTS=mount,openat those of some calls;
 * without it a few of all calls fail.
 */
import assert from "node:assert/strict";
import { SYSTEM_CALLS } from "../../ffi/libc/system_calls.ts";
import { attachPlan } from "../../src/plan/attach_plan.ts";
import { encodePlan } from "../../src/plan/encode.ts";
import { planToJson } from "../../src/plan/json.ts";
import { confinement, difference } from "./_confinement.ts";
import { callsOf, CHOSEN, ERRORS, INITS, isChosen, MOST, scene, USER } from "./_faults.ts";
import type { Attempted } from "./_faulty_launch.ts";
import { exec, type Result, rootTest } from "./_node.ts";
import { stage } from "./_staged_node.ts";

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

/** What a launch says without a system call: the beginning of its message, behind "Cannot ". */
const NAMED: Readonly<Record<string, string>> = {
  "close_range rt_sigaction rt_sigprocmask signalfd4": "start the node: its descriptors and signals",
  "prctl sched_setscheduler setpriority ioprio_set personality": 'reset "process attributes"',
  "keyctl": 'create "session keyring"',
  "clone unshare": 'create namespaces "(mount|user|mount cgroup .*)"',
  "mount": 'make private "/"',
  "socketpair setsockopt sendto": 'prepare "init of the node"',
  "setresgid setresuid capget capset": '(prepare "init of the node"|change to "61234:61234"|start "program")',
  "ppoll": "wait for the node",
  "read": '(wait for the node|write "(uid_map|gid_map|setgroups)"|prepare "init|map ids with)',
  "getegid": "map ids with",
  "openat": '(write "uid_map"|create directory "/bin")',
  "statx readlinkat fstatfs": 'create directory "/bin"',
  "mkdirat fchownat fchmod": '(create directory|mount) "/',
  "open_tree mount_setattr move_mount": '(bind "/bin"|map ids of|change to "new root")',
  "symlinkat": 'create link "/dev/',
  "fchdir": '(prepare "init of the node"|change to "new root")',
  "pivot_root chdir": 'change to "new root"',
  "umount2": 'detach "old root"',
  "sethostname": 'set host name "box"',
  "socket ioctl": 'bring up "lo"',
  "fcntl landlock_create_ruleset landlock_add_rule landlock_restrict_self": 'restrict "access by Landlock"',
  "prlimit64": 'set "RLIMIT_[A-Z]+"',
  "setsid": '(start "program"|set "session")',
  "setgroups": 'set "supplementary groups"',
  "getcwd": 'enter directory "/',
  "seccomp": 'filter system calls by "strict"',
};

/**
 * Without these the node is as confined as ever. By the kernel's version (close_range, and the mount interface for who has no
 * id-mapped mounts, openat2); because there is nothing to protect (no keyrings, no I/O priorities); because the same is known
 * from init's own end; because all there is to it is memory (madvise), or where the supervisor waits (setns).
 */
const REPLACED: Readonly<Record<string, readonly string[]>> = {
  ENOSYS: [
    ...["close_range", "open_tree", "mount_setattr", "move_mount", "keyctl", "ioprio_set", "recvmsg", "recvfrom"],
    ...["madvise", "openat2", "setns"],
  ],
  EPERM: ["recvmsg", "recvfrom", "madvise", "openat2", "setns"],
};

/** What is wrong with a launch in which a call fails each time. */
function judgeWithout(call: string, error: string, result: Result, usual: string): string | undefined {
  const wrong = judge(result, usual, call === "write");
  if (wrong !== undefined) return wrong;
  if (confinement(result.stdout) !== undefined) return REPLACED[error]?.includes(call) ? undefined : "is launched";
  // Nothing can be said without the one, and the others are the program's own.
  if (["write", "mmap", "chroot"].includes(call)) return undefined;
  const [, named] = Object.entries(NAMED).find(([calls]) => calls.split(" ").includes(call)) ?? [];
  if (named === undefined) return `is no call that this test knows: ${result.stderr}`;
  return new RegExp(`^redpak: Cannot ${named}`, "m").test(result.stderr) ? undefined : `says ${result.stderr}`;
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
    for (const error of isChosen(name) ? ["ENOSYS", "EPERM"] : []) {
      const fault = `inject=${name}:error=${error}`;
      const wrong = judgeWithout(name, error, run("-e", `trace=${name}`, "-e", fault), usual);
      faults++;
      if (wrong !== undefined) found.push(`${fault}: ${wrong}`);
    }
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
  for (const [init, more] of Object.entries(INITS)) {
    rootTest(
      `no failing system call of a stage that ${caller} starts${init} makes a node weaker, or lasts for ever`,
      async () => {
        using node = await scene(uid, more);
        const launcher = `${node.path}/launcher`;
        Deno.writeFileSync(launcher, attachPlan(stage(), encodePlan(node.plan)), { mode: 0o755 });
        const user = uid === 0 ? [] : ["setpriv", "--reuid", String(uid), "--regid", String(uid), "--clear-groups"];
        injectEverywhere(
          node.path,
          (...strace) => exec("timeout", ["-s", "KILL", "120", ...user, ...strace, launcher], { cwd: "/" }),
        );
      },
    );
  }
}

/**
 * What is wrong with a launch for whose launcher a call fails each time. The refusal names what was attempted, and the call
 * or the version that has it.
 */
function judgeLauncherWithout(call: string, error: string, result: Result, usual: string): string | undefined {
  const [, json] = /^fault (.*)$/m.exec(result.stderr) ?? [];
  if (json === undefined) return `ends with ${result.code}: ${result.stderr}`;
  const { result: became, message = "", hints = [], left = [] } = JSON.parse(json) as Attempted;
  if (became === "absent") return undefined;
  if (became === "launched") {
    const replaced = call === "openat2" && error === "ENOSYS";
    return replaced ? judge(result, usual, false) : "is launched";
  }
  // Its child cannot be waited for.
  if (left.length > 0 && call !== "wait4") return `leaves ${left}`;
  const isNamed = new RegExp(`\\b${call}\\(2\\)`).test(hints.join()) || /need Linux 5\.\d+ or later/.test(message);
  return became === "refused" && isNamed && /^Cannot .+ ".+": .+/.test(message) ? undefined : `${message} ${hints}`;
}

rootTest("no failing system call of root's launcher makes a node weaker, or leaves anything", async () => {
  using node = await scene(0);
  const [plan, file, records] = [`${node.path}/plan.json`, `${node.path}/stage`, `${node.path}/records`];
  Deno.writeTextFileSync(plan, JSON.stringify(planToJson(node.plan)));
  Deno.writeFileSync(file, stage());
  const script = new URL("_faulty_launch.ts", import.meta.url).pathname;
  const start = (call: string, error: string, first: number, last = String(MOST)) =>
    exec(
      "timeout",
      ["-s", "KILL", "240", Deno.execPath(), "run", "-q", "--no-check", "-A", script].concat(
        [plan, file, records, call, error, String(first), last],
      ),
      { cwd: "/" },
    );

  const usual = confinement(start("none", "EPERM", 0).stdout) ?? "";
  assert.ok(usual.includes("to bind port 81=13"));
  const found: string[] = [];
  let [faults, calls] = [0, 0];
  for (const name of Object.keys(SYSTEM_CALLS).filter(isChosen)) {
    for (const error of ["ENOSYS", "EPERM"]) {
      const result = start(name, error, 1, "ever");
      if (result.stderr.includes('"absent"')) break;
      faults++;
      const wrong = judgeLauncherWithout(name, error, result, usual);
      if (wrong !== undefined) found.push(`${name} ${error} for ever: ${wrong}`);
    }
  }
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
        wasUsed ||= attempts.some(({ result }) => result !== "absent");
        if (last === undefined || last.result === "absent") break;
        use = last.use + 1;
      }
      if (!wasUsed) break;
    }
    if (wasUsed) calls++;
  }
  console.log(`${faults} faults in ${calls} system calls`);
  assert.deepEqual(found, []);
  assert.ok(CHOSEN !== undefined || calls > 15 && faults > 80, `${calls}: ${faults}`);
});
