/**
 * Installing, killed or failing at every system call that changes the disk, in the process of librpm and in that which
 * commits: the node is wholly as before or wholly as after, and says so. The same is done to rpm, to see that it shows.
 */
import assert from "node:assert/strict";
import { RedpakError } from "../../src/core/error.ts";
import { transactionHost } from "../../src/cli/transaction_host.ts";
import { faulty, isFallible, Killed } from "../../src/packages/generation/_faults.ts";
import { describeTree, kernel, withNode } from "../../src/packages/generation/_scene.ts";
import { recover } from "../../src/packages/generation/recover.ts";
import { applyTransaction } from "../../src/packages/transaction/apply.ts";
import type { TransactionHost, TransactionJob } from "../../src/packages/transaction/job.ts";
import { exec, PATH, REDPAK, redpak, SYSTEM } from "../system/_node.ts";
import { until } from "../system/_until.ts";
import { apply, erase, HOST, install, packages, PackageScene, UNSIGNED, upgrade } from "./_transaction.ts";

/** `all` for each use of each call, or how many; otherwise a few of them, others in each run. */
const FAULTS = Deno.env.get("REDPAK_FAULTS");
const ALL = FAULTS === "all";

/** Calls that change a disk, or make that last, and that open what is to be changed. */
const CALLS = (
  "chmod,chown,copy_file_range,creat,fallocate,fchmod,fchmodat,fchown,fchownat,fdatasync,fsetxattr,fsync,ftruncate,lchown," +
  "link,linkat,lsetxattr,mkdir,mkdirat,mknod,mknodat,openat,pwrite64,pwritev,removexattr,rename,renameat,renameat2,rmdir," +
  "sendfile,setxattr,symlink,symlinkat,syncfs,truncate,unlink,unlinkat,utimensat,write"
).split(",");
const ERRNOS = ["ENOSPC", "EIO", "EROFS"];

const scene = new PackageScene();
addEventListener("unload", () => scene[Symbol.dispose]());

const files = (version: string) => ({
  "/usr/bin/app": { content: `#!/bin/sh\necho app ${version}\n`, mode: 0o755 },
  "/usr/lib/app": { directory: true },
  [`/usr/lib/app/only${version}`]: { content: `data ${version}` },
  "/usr/lib/app/link": { link: `only${version}` },
  "/opt/app/tool": { content: `tool ${version}`.repeat(3000) },
  "/etc/app.conf": { content: `default ${version}`, config: "noreplace" as const },
});
const APP = scene.build({ name: "app", version: "1", files: files("1") });
const APP_2 = scene.build({ name: "app", version: "2", files: files("2") });
const LIB = scene.build({ name: "lib" });
const NEW = scene.build({ name: "new" });

const TEMPLATE = scene.node("template", {
  ".rednode.yaml": "realpath: /\ntimestamp: 1700000000000\nstate: Enable\n",
  "etc/redpak.yaml": "headers:\n  alias: box\n" + SYSTEM.trimEnd() +
    "\n  - { mode: Restricted, mount: /app, path: $NODE_PATH/usr }\n" + PATH,
});
await apply(TEMPLATE, [install(APP), install(LIB)]);
Deno.writeTextFileSync(`${TEMPLATE}/etc/app.conf`, "mine");

/** A node of its own, the same each time. */
let copies = 0;
function copy(): Disposable & { readonly path: string } {
  const path = `${scene.path}/copy${++copies}`;
  assert.equal(exec("cp", ["-a", TEMPLATE, path]).code, 0);
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

const JOB: TransactionJob = {
  steps: [upgrade(APP_2, APP), erase(LIB), install(NEW)],
  command: ["update"],
  time: 1_700_000_000_000,
  ancestors: [],
  descendants: [],
  allowed: [],
  noScripts: false,
};

const change = (node: string, host = HOST, with_ = kernel) =>
  withNode(node, (content) => applyTransaction(content, JOB, host), with_);

/** Everything that a program sees of a node, and what its database says. */
function look(node: string): string {
  return [
    ...describeTree(node, [".redpak", "usr/lib/sysimage/rpm", "usr/.redpak-generation"]),
    ...packages(node),
  ].join("\n");
}

const OLD = look(TEMPLATE);
const { NEW: AFTER, CALLS_OF_WORKER, CONFIGURATION } = await (async () => {
  using copied = copy();
  const node = copied.path;
  const log = `${scene.path}/log`;
  await change(node, traced(["-o", log, "-e", `trace=${CALLS}`]));
  const uses = new Map<string, number>();
  const counted = new Map<string, number>();
  const configuration: number[] = [];
  for (const [, pid = "", name = "", first] of Deno.readTextFileSync(log).matchAll(/^(\d+) +(\w+)\((.*)/gm)) {
    const count = (counted.get(`${pid} ${name}`) ?? 0) + 1;
    counted.set(`${pid} ${name}`, count);
    uses.set(name, Math.max(uses.get(name) ?? 0, count));
    if (name === "openat" && first!.includes(`"/etc/app.conf", O_RDONLY`)) configuration.push(count);
  }
  return { NEW: look(node), CALLS_OF_WORKER: uses, CONFIGURATION: configuration };
})();
const describe = (state: string) => state === OLD ? "before" : state === AFTER ? "after" : undefined;

/** The worker, with strace(1) between it and the kernel. */
function traced(options: readonly string[]): TransactionHost {
  return transactionHost({ program: { path: "strace", args: ["-f", "-qq", ...options, REDPAK] } });
}

/** A few of a list, evenly over it from a random place on; or all. */
function chosen<T>(list: readonly T[], usual: number): T[] {
  const count = Number(FAULTS ?? usual);
  if (ALL || list.length <= count) return [...list];
  const stride = list.length / count;
  const start = Math.random() * stride;
  return Array.from({ length: count }, (_, index) => list[Math.floor(start + index * stride)]!);
}

/** Each use of each call. */
const pointsOf = (calls: ReadonlyMap<string, number>): { readonly name: string; readonly use: number }[] =>
  [...calls].flatMap(([name, uses]) => Array.from({ length: uses }, (_, index) => ({ name, use: index + 1 })));

/** What follows whatever has happened: the node is whole, runs, and the next command works. */
let looked = 0;
async function lookAfter(node: string, where: string): Promise<"before" | "after"> {
  await withNode(node, recover);
  const state = describe(look(node));
  assert(state !== undefined, `${where}: lost:\n${look(node)}`);
  assert.deepEqual(await withNode(node, ({ state }) => state.list()), ["generations"], where);
  if (++looked % 10 === 0) {
    const { stdout, stderr } = redpak(["run", node, "-q", "--", "/app/bin/app"], { cwd: "/" });
    assert.equal(stdout, `app ${state === "before" ? 1 : 2}\n`, `${where}: ${stderr}`);
    if (state === "before") await change(node);
    else await apply(node, [erase(NEW)]);
  }
  return state;
}

function report(what: string, states: readonly string[]): void {
  const count = (state: string) => states.filter((one) => one === state).length;
  console.log(`${what}: ${states.length} points, ${count("before")} before, ${count("after")} after, 0 lost`);
}

Deno.test("a process of librpm that is killed at any call has changed nothing", async () => {
  assert.notEqual(OLD, AFTER);
  const states: string[] = [];
  for (const { name, use } of chosen(pointsOf(CALLS_OF_WORKER), 14)) {
    const where = `${name} ${use}`;
    using copied = copy();
    const node = copied.path;
    const host = traced(["-o", "/dev/null", "-e", `trace=${name}`, "-e", `inject=${name}:signal=KILL:when=${use}`]);
    const error = await change(node, host).then(() => undefined, (error) => error);
    if (error === undefined) {
      // A few calls less this time: there is nobody to be killed.
      assert.equal(describe(look(node)), "after", where);
      continue;
    }
    assert.match(error.message, /^Cannot change the packages: .* signal SIGKILL$/, where);
    assert.equal(describe(look(node)), "before", where);
    states.push(await lookAfter(node, where));
  }
  report("kills of librpm's process", states);
  assert(states.length > 10);
});

Deno.test("a process of librpm whose calls fail has changed everything or nothing, and says which", async () => {
  const states: string[] = [];
  let turn = 0;
  for (const { name, use } of chosen(pointsOf(CALLS_OF_WORKER), 12)) {
    for (const errno of ALL ? ERRNOS : [ERRNOS[turn++ % ERRNOS.length]!]) {
      for (const forGood of ALL ? [false, true] : [turn % 2 === 0]) {
        const where = `${errno} ${name} ${use}${forGood ? "+" : ""}`;
        using copied = copy();
        const node = copied.path;
        const fault = `inject=${name}:error=${errno}:when=${use}${forGood ? "+" : ""}`;
        const host = traced(["-o", "/dev/null", "-e", `trace=${name}`, "-e", fault]);
        const error = await change(node, host).then(() => undefined, (error) => error);
        assert(error === undefined || error instanceof RedpakError, `${where}: ${error}`);
        assert.equal(
          describe(look(node)),
          error === undefined ? "after" : "before",
          `${where}: ${error}\n${look(node)}`,
        );
        states.push(await lookAfter(node, where));
      }
    }
  }
  report("failing calls of librpm's process", states);
  assert(states.length > 10);
});

Deno.test("an edited configuration file that librpm cannot read is not replaced", async () => {
  assert(CONFIGURATION.length > 0);
  let refused = 0;
  // Threads of the runtime open files as well: which use it is may be another by a few.
  for (const shift of [0, 1, -1, 2, -2, 3, -3]) {
    for (const use of CONFIGURATION) {
      using copied = copy();
      const node = copied.path;
      const fault = `inject=openat:error=EIO:when=${use + shift}`;
      const error = await change(node, traced(["-o", "/dev/null", "-e", "trace=openat", "-e", fault]))
        .then(() => undefined, (error) => error);
      assert.equal(describe(look(node)), error === undefined ? "after" : "before", `openat ${use + shift}: ${error}`);
      if (error !== undefined) refused++;
    }
    if (refused > 0) break;
  }
  assert(refused > 0);
});

/** Clean-up on the way out is killed as well. */
function isKill(error: unknown): boolean {
  return error instanceof Killed || error instanceof SuppressedError && isKill(error.suppressed);
}

Deno.test("a command that is killed, or fails, at any of its own calls leaves the node wholly before or after", async () => {
  for (const errnos of ALL ? [undefined, ...ERRNOS.map((errno) => [errno])] : [undefined, ERRNOS]) {
    const states: string[] = [];
    // Each run begins somewhere else, so that all come by in a few.
    const stride = ALL ? 1 : errnos === undefined ? 17 : 31;
    for (let at = 1 + Math.floor(Math.random() * stride);; at += stride) {
      using copied = copy();
      const node = copied.path;
      const errno = errnos?.[at % errnos.length];
      const { kernel: wrong, hit } = faulty(kernel, {
        at,
        ...errno === undefined ? {} : { errno, counts: isFallible, forGood: at % 2 === 0 },
      });
      const where = `${errno ?? "killed"} at ${at}`;
      const error = await change(node, HOST, wrong).then(() => undefined, (error) => error);
      if (!hit()) break;
      if (errno === undefined) assert(isKill(error) || describe(look(node)) === "after", `${where}: ${error}`);
      else if (error === undefined) assert.equal(describe(look(node)), "after", where);
      else assert(error instanceof RedpakError, `${where}: ${error}`);
      states.push(await lookAfter(node, where));
    }
    report(`${errnos ?? "kills"} in the command's own calls`, states);
    assert(states.length > 3);
  }
});

Deno.test("rpm itself, killed at the same calls, loses nodes: this test can fail", () => {
  const at = (node: string) => ["--root", node, "--dbpath", "/usr/lib/sysimage/rpm"];
  const look = (node: string) => {
    const shown = exec("rpm", [...at(node), "-qa", "--qf", "%{NEVRA}\\n"]).stdout.split("\n").sort().join(" ");
    const wrong = exec("rpm", [...at(node), "-Va", "--nomtime", "--noconfig"]).stdout;
    const strays = exec("find", [node, "-name", "*;*"]).stdout;
    return `${shown}\n${wrong}\n${strays}`;
  };
  const run = (node: string, ...options: string[]) =>
    exec("strace", [
      ...["-f", "-qq", ...options, "rpm", ...at(node), "--force-debian", "--nodeps", "--nosignature", "-U"],
      ...[APP_2.file, NEW.file],
    ], { cwd: "/" });
  using copies = new DisposableStack();
  const [before, after] = [copies.use(copy()).path, copies.use(copy()).path];
  const log = `${scene.path}/rpm.log`;
  const { stderr } = run(after, "-o", log, "-e", `trace=${CALLS}`);
  const [old, new_] = [look(before), look(after)];
  assert.notEqual(old, new_, stderr);
  const outcomes = { before: 0, after: 0, lost: 0 };
  const uses = new Map(["renameat", "unlink", "fchmod", "pwrite64"].map((name) => {
    return [name, [...Deno.readTextFileSync(log).matchAll(new RegExp(`^\\d+ +${name}\\(`, "gm"))].length];
  }));
  for (const { name, use } of chosen(pointsOf(uses), 12)) {
    using copied = copy();
    const node = copied.path;
    run(node, "-o", "/dev/null", "-e", `trace=${name}`, "-e", `inject=${name}:signal=KILL:when=${use}`);
    const state = look(node);
    outcomes[state === old ? "before" : state === new_ ? "after" : "lost"]++;
  }
  console.log(`kills of rpm: ${outcomes.before} before, ${outcomes.after} after, ${outcomes.lost} lost`);
  assert(outcomes.lost > 0);
});

Deno.test("a command that is killed takes the process of librpm with it, and the next one clears up", async () => {
  const script = new URL("_apply.ts", import.meta.url).pathname;
  const workers = () => exec("pgrep", ["-f", `${REDPAK} transact`]).stdout;
  const job = JSON.stringify(
    [upgrade(APP_2, APP), erase(LIB), install(NEW)].map((step) => ({ ...step, trust: UNSIGNED })),
  );
  for (const when of [1, 4, 6]) {
    using copied = copy();
    const node = copied.path;
    const args = ["run", "-q", "--no-check", "-A", script, node, job, String(when)];
    const { signal, stderr } = exec(Deno.execPath(), args);
    assert.equal(signal, "SIGKILL", stderr);
    await until(() => workers() === "", () => `the process of librpm goes on: ${workers()}`);
    assert.equal(await lookAfter(node, `killed at message ${when}`), "before");
  }
});
