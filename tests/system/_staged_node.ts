/**
 * Nodes for the tests of the stage: a plan with the usual operations, a host phase made of shell commands, and the
 * stage as the process that both lead to.
 */
import { attachPlan } from "../../src/plan/attach_plan.ts";
import { encodePlan } from "../../src/plan/encode.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { CAPABILITIES, type IdMap, type Namespace, type Operation } from "../../src/plan/operation.ts";

const STAGE = new URL("../../ffi/stage", import.meta.url).pathname;
const ALL: readonly Namespace[] = ["user", "mount", "pid", "ipc", "uts", "net", "cgroup"];
/** Where the ids of the test's nodes begin on the host. */
export const BASE = 300_000;

/** An operation of the init phase, without saying so. */
export type Step = Operation extends infer O ? O extends Operation ? Omit<O, "phase"> : never : never;

export interface Node {
  readonly program: readonly string[];
  readonly environment?: readonly string[];
  readonly namespaces?: readonly Namespace[];
  readonly uidMaps?: readonly IdMap[];
  readonly session?: boolean;
  /** Reports go to descriptor 9, which `run` collects. */
  readonly report?: boolean;
  /** Operations between `pivot-root` and `detach-old-root`. */
  readonly mounts?: readonly Step[];
  /** Operations of the program's process, in the place of the usual identity and capabilities. */
  readonly identity?: readonly Step[];
  readonly directories?: readonly string[];
}

export const NO_CAPABILITIES: Step = {
  operation: "capabilities",
  bounding: [],
  effective: [],
  permitted: [],
  inheritable: [],
  ambient: [],
};

export const ALL_CAPABILITIES: Step = {
  operation: "capabilities",
  bounding: CAPABILITIES,
  effective: CAPABILITIES,
  permitted: CAPABILITIES,
  inheritable: [],
  ambient: [],
};

const ORIGIN = { file: "/etc/redpak.yaml", line: 12, column: 5 };

/** The binary plan of a node. */
export function planOf(node: Node): Uint8Array<ArrayBuffer> {
  const maps = node.uidMaps ?? [{ inside: 0, outside: BASE, count: 65_536 }];
  const namespaces = node.namespaces ?? ALL;
  const mounts: readonly Step[] = node.mounts ??
    [{ operation: "procfs", destination: "/proc", onlyPids: false, origin: ORIGIN }];
  const steps: readonly Step[] = [
    ...(node.report ? [{ operation: "report", descriptor: 9 } as const] : []),
    {
      operation: "clone",
      namespaces,
      uidMaps: namespaces.includes("user") ? maps : [],
      gidMaps: namespaces.includes("user") ? maps : [],
      denySetgroups: false,
    },
    { operation: "pivot-root" },
    ...mounts,
    { operation: "detach-old-root" },
    { operation: "loopback" },
    { operation: "hostname", name: "doll" },
    { operation: "fork" },
    { operation: "umask", mask: 0o27 },
    ...(node.session === false ? [] : [{ operation: "session" } as const]),
    ...(node.identity ?? [
      { operation: "identity", uid: 0, gid: 0, groups: [], dropGroups: true },
      NO_CAPABILITIES,
      { operation: "no-new-privileges" },
    ]),
    { operation: "chdir", directories: node.directories ?? ["/"] },
    { operation: "close-descriptors", from: 3 },
    {
      operation: "exec",
      arguments: node.program,
      environment: node.environment ?? ["PATH=/usr/bin:/bin"],
      origin: ORIGIN,
    },
  ];
  return encodePlan({
    version: 1,
    node: "/nodes/doll",
    alias: "doll",
    admin: false,
    pending: [],
    warnings: [],
    operations: steps.map((step) => ({ ...step, phase: "init" }) as Operation),
  });
}

let built: Uint8Array | undefined;

/** What the stage can do of a plan without a launcher: control groups are the launcher's to make. */
export function withoutCgroups(plan: Plan): Plan {
  return { ...plan, operations: plan.operations.filter(({ operation }) => !/cgroup$|^device-filter$/.test(operation)) };
}

/** The stage, built from its sources when they changed. */
export function stage(): Uint8Array {
  if (built) return built;
  const { success, stderr } = new Deno.Command("make", { args: ["-s", "-C", STAGE] }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return built = Deno.readFileSync(`${STAGE}/build/stage.${Deno.build.arch}`);
}

/**
 * A private mount tree with a new root in the current directory, as the launcher would leave it. The namespaces that a
 * damaged plan could reach are not the host's either.
 */
export const HOST_PHASE = `
mount -t tmpfs -o mode=755,uid=${BASE},gid=${BASE} root "$1" && cd "$1" &&
mkdir usr proc etc dev writable && touch dev/null && ln -s usr/bin usr/lib usr/lib64 usr/sbin . &&
mount --rbind /usr usr && mount -o remount,bind,ro,nosuid,nodev usr &&
echo text >etc/file && chown -R ${BASE}:${BASE} etc dev writable && chmod 777 writable &&
`;

/** The launcher starts the stage with an empty environment; the shell of the host phase needs this much. */
const CLEAN = { clearEnv: true, env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } };

export interface Place extends Disposable {
  /** Starts the stage with a plan; `shell` is put before its `exec`, `redirections` behind. */
  command(plan: Uint8Array, shell?: string, redirections?: string): { args: string[]; report: string };
}

/** A directory for new roots, removed with everything in it. */
export function place(): Place {
  const directory = Deno.makeTempDirSync({ prefix: "redpak-stage-" });
  Deno.mkdirSync(`${directory}/root`);
  let count = 0;
  return {
    command(plan, shell = "", redirections = "") {
      const name = `${directory}/${count++}`;
      const report = `${name}.report`;
      Deno.writeFileSync(name, attachPlan(stage(), plan), { mode: 0o755 });
      const script = `${HOST_PHASE} ${shell} exec "$2" 9>"$3" ${redirections}`;
      return {
        report,
        args: ["-mnui", "--propagation", "private", "sh", "-c", script, "sh", `${directory}/root`, name, report],
      };
    },
    [Symbol.dispose]: () => Deno.removeSync(directory, { recursive: true }),
  };
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly report: string;
}

/** Runs a node to its end. */
export async function run(node: Node, shell?: string, redirections?: string): Promise<Ended> {
  using directory = place();
  const { args, report } = directory.command(planOf(node), shell, redirections);
  const { code, stdout, stderr } = await new Deno.Command("unshare", { args, ...CLEAN }).output();
  return {
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
    report: Deno.readTextFileSync(report),
  };
}

/** A node that runs while the test does something to it. */
export interface Running extends AsyncDisposable {
  readonly process: Deno.ChildProcess;
  /** The next line of the program's output; undefined at its end: no process of the node is left that could write. */
  line(): Promise<string | undefined>;
  write(text: string): Promise<void>;
  /** The first lines of the report, as soon as there are so many: the program may be faster than its supervisor. */
  reported(count: number): Promise<Record<string, unknown>[]>;
}

export function start(node: Node, shell?: string): Running {
  const directory = place();
  const { args, report } = directory.command(planOf({ ...node, report: true }), shell);
  const process = new Deno.Command("unshare", { args, ...CLEAN, stdin: "piped", stdout: "piped" }).spawn();
  const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const input = process.stdin.getWriter();
  let text = "";
  return {
    process,
    async line() {
      while (!text.includes("\n")) {
        const { value, done } = await lines.read();
        if (done) return undefined;
        text += value;
      }
      const end = text.indexOf("\n");
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      return line;
    },
    write: (line) => input.write(new TextEncoder().encode(line)),
    async reported(count) {
      for (;;) {
        const whole = Deno.readTextFileSync(report).split("\n").slice(0, -1);
        if (whole.length >= count) return whole.slice(0, count).map((line) => JSON.parse(line));
        await new Promise((done) => setTimeout(done, 1));
      }
    },
    async [Symbol.asyncDispose]() {
      await lines.cancel();
      await input.close().catch(() => {});
      await process.status;
      directory[Symbol.dispose]();
    },
  };
}
