/**
 * Runs the host phase of a launch against the real kernel: the launcher's, in a subprocess with a stage that shows what it
 * finds; or the stage's own, with that as the program.
 */
import assert from "node:assert/strict";
import { type Mount, parseMountInfo } from "../../src/host/mount_info.ts";
import type { Operation } from "../../src/plan/operation.ts";
import { compile } from "./_compile.ts";
import type { LaunchRequest } from "./_launch_plan.ts";
import { callNumbers, errorOf, HELPERS, type HostPhase, standalone } from "./_stage_alone.ts";

const STAGE = await compile("fake_stage.c", "-static");
const ENOSYS = await compile("enosys.c");

export interface Entry {
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly content: string;
}

export interface Outcome {
  readonly code: number;
  /** Of the launch that failed. */
  readonly error: { readonly code: string; readonly message: string; readonly errno?: string } | undefined;
  readonly lines: readonly string[];
  readonly entries: ReadonlyMap<string, Entry>;
  /** Mounts of the new root, by destination. */
  readonly mounts: ReadonlyMap<string, Mount>;
  readonly trace: string;
}

/** A scratch directory with an empty node; removed, with all mounts below it, at the end of the test. */
export class Scratch implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync({ prefix: "redpak-test-" });
  readonly node = `${this.path}/node`;
  readonly #mounted: string[] = [];

  /** @param executor who does the host phase */
  constructor(private readonly executor: Executor = "launcher") {
    Deno.mkdirSync(this.node);
  }

  directory(name: string, owner = 0): string {
    const path = `${this.path}/${name}`;
    Deno.mkdirSync(path, { recursive: true });
    Deno.chownSync(path, owner, owner);
    return path;
  }

  async mountTmpfs(name: string): Promise<string> {
    const path = this.directory(name);
    await command("mount", "-t", "tmpfs", "redpak-test", path);
    this.#mounted.push(path);
    return path;
  }

  async launch(
    operations: readonly Operation[],
    options: Partial<LaunchRequest> & { via?: string[] } = {},
  ): Promise<Outcome> {
    if (this.executor !== "launcher") return await this.#launchAlone(operations, this.executor, options.missing ?? []);
    const request: LaunchRequest = {
      node: this.node,
      missing: options.missing ?? [],
      trace: options.trace ?? false,
      operations: [
        { operation: "unshare", phase: "host", namespaces: ["mount"] },
        { operation: "make-private", phase: "host" },
        ...operations.filter(({ operation }) => operation === "ensure-directory"),
        ROOT,
        ...operations.filter(({ operation }) => operation !== "ensure-directory"),
      ],
    };
    const file = `${this.path}/plan-${crypto.randomUUID()}.json`;
    const withNumbers = (_: string, value: unknown) => typeof value === "bigint" ? Number(value) : value;
    Deno.writeTextFileSync(file, JSON.stringify(request, withNumbers));
    const script = new URL("_launch_plan.ts", import.meta.url).pathname;
    const [program = "", ...args] = [
      ...options.via ?? [],
      Deno.execPath(),
      "run",
      "--no-check",
      "-A",
      script,
      STAGE,
      file,
    ];
    const output = await new Deno.Command(program, {
      args,
      clearEnv: true,
      env: {
        HOME: "/root",
        PATH: Deno.env.get("PATH") ?? "",
        DENO_DIR: Deno.env.get("DENO_DIR") ?? "/root/.cache/deno",
      },
    }).output();
    Deno.removeSync(file);
    return this.#outcome(output.code, new TextDecoder().decode(output.stdout), new TextDecoder().decode(output.stderr));
  }

  async #launchAlone(
    operations: readonly Operation[],
    builder: HostPhase["builder"],
    missing: readonly string[],
  ): Promise<Outcome> {
    const isEarly = ({ operation }: Operation) => operation === "ensure-directory";
    const image = standalone({
      node: this.node,
      operations: [
        ...operations.filter(isEarly),
        ROOT,
        ...operations.filter((operation) => !isEarly(operation)),
      ],
      program: STAGE,
      builder,
    });
    const file = `${this.path}/launcher-${crypto.randomUUID()}`;
    Deno.writeFileSync(file, image, { mode: 0o755 });
    const args = [...callNumbers(missing), "--", file];
    const output = await new Deno.Command(ENOSYS, { args, clearEnv: true }).output();
    Deno.removeSync(file);
    const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
    const own = stdout!.split("\n").filter((line) => !HELPERS.test(line)).join("\n");
    const outcome = this.#outcome(output.code, own, stderr!, "");
    return { ...outcome, error: errorOf(stderr!) };
  }

  #outcome(code: number, stdout: string, stderr: string, root = this.node): Outcome {
    const lines = stdout.split("\n");
    const fields = (kind: string) =>
      lines.filter((line) => line.startsWith(kind + "\t")).map((line) => line.slice(kind.length + 1));
    const failed = stderr.split("\n").find((line) => line.startsWith('{"code"'));
    return {
      code,
      error: failed === undefined ? undefined : JSON.parse(failed),
      lines,
      entries: new Map(
        fields("entry").map((line) => {
          const [path = "", mode = "", uid, gid, , content = ""] = line.split("\t");
          return [path, { mode, uid: Number(uid), gid: Number(gid), content }];
        }),
      ),
      mounts: new Map(
        parseMountInfo(fields("mount").join("\n")).filter(({ mountPoint }) => mountPoint.startsWith(root))
          .map((mount) => [mount.mountPoint.slice(root.length).replace(/^\/$/, ""), mount]),
      ),
      trace: stderr,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const path of this.#mounted.reverse()) await command("umount", path);
    Deno.removeSync(this.path, { recursive: true });
  }
}

export async function command(program: string, ...args: string[]): Promise<string> {
  const output = await new Deno.Command(program, { args }).output();
  assert(output.success, new TextDecoder().decode(output.stderr));
  return new TextDecoder().decode(output.stdout);
}

export const bind = (
  source: string,
  destination: string,
  ...options: ("ro" | "nosuid" | "nodev" | "noexec")[]
): Operation => ({
  operation: "bind",
  phase: "host",
  source: { path: source },
  destination,
  options: options.length > 0 ? options : ["nosuid", "nodev"],
  optional: false,
  isFile: false,
  isDevice: false,
});
export const ensure = (path: string): Operation => ({
  operation: "ensure-directory",
  phase: "host",
  path,
  mode: 0o751,
  uid: 1000,
  gid: 1001,
  smack: "",
  optional: false,
});
/** Limits of a tmpfs that does not matter. */
export const roomy = { size: 2n ** 24n, inodes: 4096 } as const;

const ROOT: Operation = {
  operation: "root",
  phase: "host",
  mode: 0o755,
  uid: 1000,
  gid: 1000,
  options: ["nosuid", "nodev"],
  ...roomy,
};

export const own = { phase: "host", uid: 1000, gid: 1001 } as const;

/** Kernels that the launch has to work on alike. */
const KERNELS: Readonly<Record<string, readonly string[]>> = {
  "a current kernel": [],
  "Linux 5.6 to 5.11": ["mount_setattr"],
  "Linux 5.2 to 5.5": ["mount_setattr", "openat2"],
  "Linux 4.19": ["mount_setattr", "openat2", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount"],
};

/** Who does the host phase: TypeScript, or the stage as one or the other of its processes. */
export type Executor = "launcher" | HostPhase["builder"];

/** A test for each kernel and executor; needs root. */
export function testOnKernels(
  name: string,
  test: (scratch: Scratch, missing: readonly string[]) => Promise<void>,
): void {
  for (const executor of ["launcher", "supervisor", "init"] as const) {
    for (const [kernel, missing] of Object.entries(KERNELS)) {
      if (executor !== "launcher" && Deno.build.arch !== "x86_64" && missing.length > 0) continue;
      testAsRoot(`${kernel}, ${executor}: ${name}`, (scratch) => test(scratch, missing), executor);
    }
  }
}

/** A test in a scratch directory of its own; needs root. */
export function testAsRoot(
  name: string,
  test: (scratch: Scratch) => Promise<void>,
  executor: Executor = "launcher",
): void {
  Deno.test({
    name,
    ignore: Deno.uid() !== 0,
    fn: async () => {
      await using scratch = new Scratch(executor);
      await test(scratch);
    },
  });
}
