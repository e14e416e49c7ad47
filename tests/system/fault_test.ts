/**
 * Every system call of an unprivileged launch fails once: the program is then not started, or is as confined as ever, and
 * nothing waits for ever.
 */
import assert from "node:assert/strict";
import { attachPlan } from "../../src/plan/attach_plan.ts";
import { encodePlan } from "../../src/plan/encode.ts";
import { planFromJson } from "../../src/plan/json.ts";
import { compile } from "./_compile.ts";
import { exec, PATH, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";
import { stage, withoutCgroups } from "./_staged_node.ts";

const UID = 61_234;

/**
 * What the stage calls, but for `close`, whose injected failure leaves the descriptor open, and the calls that wait. With
 * REDPAK_FAULTS=all the first 400 of each fail, one after the other.
 */
const CALLS =
  `capget capset chdir clone close_range execve fchdir fchmod fchownat fcntl fstatfs geteuid mkdirat mmap mount mount_setattr
  move_mount open_tree openat pivot_root prctl prlimit64 readlinkat rt_sigaction rt_sigprocmask sendto sethostname setresgid
  setresuid setsid setsockopt signalfd4 socket socketpair statx symlinkat umount2 unshare write ioctl`.split(/\s+/);
const MOST = Deno.env.get("REDPAK_FAULTS") === "all" ? 400 : 5;

rootTest("no failing system call of an unprivileged launch makes a node weaker, or lasts for ever", async () => {
  using scratch = new Scratch();
  const state = await compile("state.c", "-static");
  Deno.copyFileSync(state, `${scratch.path}/state`);
  const node = scratch.node(
    "n",
    SYSTEM.trimEnd() + `\n  - { mode: RestrictedFile, mount: /state, path: ${scratch.path}/state }\n` + PATH +
      "  hostname: box\n",
  );
  const json = redpak(["plan", node, "--format", "json", "--", "/state"], { cwd: "/", uid: UID });
  assert.equal(json.code, 0, json.stderr);
  const launcher = `${scratch.path}/launcher`;
  Deno.writeFileSync(launcher, attachPlan(stage(), encodePlan(withoutCgroups(planFromJson(JSON.parse(json.stdout))))), {
    mode: 0o755,
  });
  const log = `${scratch.path}/log`;
  const user = ["setpriv", "--reuid", String(UID), "--regid", String(UID), "--clear-groups"];
  const start = (...strace: string[]) =>
    exec("timeout", ["-s", "KILL", "20", ...user, ...strace, launcher], { cwd: "/" });

  const usual = confinement(start().stdout) ?? "";
  assert.ok(usual.includes("CapEff"));
  const found: string[] = [];
  let faults = 0;
  for (const name of CALLS) {
    for (const error of ["EPERM", "ENOSYS"]) {
      for (let when = 1; when <= MOST; when++) {
        const fault = `inject=${name}:error=${error}:when=${when}`;
        Deno.writeTextFileSync(log, "", { mode: 0o666 });
        Deno.chmodSync(log, 0o666);
        const { code, stdout } = start("strace", "-f", "-qq", "-o", log, "-e", `trace=${name}`, "-e", fault);
        if (!Deno.readTextFileSync(log).includes("(INJECTED)")) break;
        faults++;
        const seen = confinement(stdout);
        if (seen !== undefined && seen !== usual) found.push(`${fault}: ${difference(usual, seen)}`);
        if (code === 137) found.push(`${fault} hangs`);
      }
    }
  }
  assert.deepEqual(found, []);
  assert.ok(faults > 150, `only ${faults} faults`);
});

/** What the program says, if it could say all of it, without the numbers that are new each time. */
function confinement(output: string): string | undefined {
  if (!output.endsWith("end\n")) return undefined;
  return output.replace(/^\d+ \d+ \d+:\d+ /gm, "").split("\n")
    .filter((line) => !/^\w+:\s/.test(line) || /^(Uid|Gid|Groups|Cap|NoNewPrivs|Sig(?:Blk|Ign))/.test(line)).join("\n");
}

function difference(usual: string, seen: string): string {
  const [before, now] = [usual.split("\n"), seen.split("\n")];
  return JSON.stringify([before.filter((line) => !now.includes(line)), now.filter((line) => !before.includes(line))]);
}
