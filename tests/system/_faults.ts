/** What launches with faults in them have in common, whether a call fails or the process is killed in it. */
import assert from "node:assert/strict";
import { planFromJson } from "../../src/plan/json.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { compile } from "./_compile.ts";
import { exec, PATH, redpak, Scratch, SYSTEM } from "./_node.ts";
import { withoutCgroups } from "./_staged_node.ts";

/** `all`, or names of system calls; absent for a few faults in each, beside those that come each time. */
export const CHOSEN = Deno.env.get("REDPAK_FAULTS")?.split(",");
export const ERRORS = CHOSEN === undefined
  ? ["EPERM", "EINTR"]
  : ["EPERM", "ENOSYS", "EINVAL", "ENOMEM", "EMFILE", "EAGAIN", "EINTR"];
/** Uses of a call by one process. */
export const MOST = CHOSEN === undefined ? 2 : 400;
export const isChosen = (call: string) => CHOSEN === undefined || CHOSEN.includes("all") || CHOSEN.includes(call);
export const USER = 61_234;

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

/** Who is PID 1 of the node, by what its configuration has more. */
export const INITS: Readonly<Record<string, string>> = { "": "", ", the program being PID 1,": "  init: none\n" };

export interface Scene extends Disposable {
  readonly path: string;
  readonly node: string;
  /** Without control groups. */
  readonly plan: Plan;
  readonly whole: Plan;
}

/** The plan of the node as one caller gets it, with the text of commands in the place of the commands. */
export async function scene(uid: number, more = ""): Promise<Scene> {
  const scratch = new Scratch();
  Deno.copyFileSync(await compile("state.c", "-static"), `${scratch.path}/state`);
  Deno.mkdirSync(`${scratch.path}/data`);
  const node = scratch.node("n", CONFIG(scratch.path) + more);
  exec("chown", ["-R", `${uid}:${uid}`, scratch.path]);
  const { code, stdout, stderr } = redpak(["plan", node, "--format", "json", "--", "/state"], { cwd: "/", uid });
  assert.equal(code, 0, stderr);
  const whole = planFromJson(JSON.parse(stdout));
  const plan = withoutCgroups(whole);
  return { path: scratch.path, node, plan, whole, [Symbol.dispose]: () => scratch[Symbol.dispose]() };
}

/**
 * These have no error, or none that can come here: a child that there is can be waited for without waiting. An injected
 * failure of `close` leaves the descriptor open; `execve` is strace's own as well.
 */
const NOT_INJECTED = ["close", "execve", "exit", "exit_group", "geteuid", "getpid", "getppid", "umask", "wait4"];

/** System calls of the stage up to the program, with the most uses of one process. */
export function callsOf(log: string): Map<string, number> {
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
