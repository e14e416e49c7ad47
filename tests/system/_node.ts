/** Nodes in scratch directories and the built binary, for the tests of this folder. */

const repository = new URL("../..", import.meta.url).pathname;

/** The binary under test. */
export const REDPAK = Deno.env.get("REDPAK") ?? `${repository}dist/redpak`;

/** System calls that the kernel is made to lack: old_kernel_test.ts. */
export const MISSING = Deno.env.get("REDPAK_MISSING")?.split(",") ?? [];

export const isRoot = Deno.uid() === 0;

export interface Result {
  readonly code: number;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  readonly uid?: number;
}

const decoder = new TextDecoder();

export function exec(command: string, args: readonly string[], options: RunOptions = {}): Result {
  const output = new Deno.Command(command, { args: [...args], stdin: "null", clearEnv: false, ...ids(options) })
    .outputSync();
  return {
    code: output.code,
    signal: output.signal,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

function ids({ uid, ...rest }: RunOptions) {
  return uid === undefined ? rest : { ...rest, uid, gid: uid };
}

/** Runs the binary. */
export function redpak(args: readonly string[], options: RunOptions = {}): Result {
  return exec(REDPAK, args, options);
}

/** A scratch directory that ends with the test. */
export class Scratch implements Disposable {
  readonly path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "redpak-test-" }));

  constructor() {
    // Directories of a trusted node are not writable by others, and unprivileged launches must reach them.
    Deno.chmodSync(this.path, 0o755);
  }

  file(name: string, text: string, mode = 0o644): string {
    const path = `${this.path}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(path, text);
    Deno.chmodSync(path, mode);
    return path;
  }

  /** Writes a node's files; `config` is the text of `exports`, `environ` and `config`. */
  node(name: string, config: string, admin?: string): string {
    const path = `${this.path}/${name}`;
    const alias = name.split("/").at(-1);
    this.file(`${name}/.rednode.yaml`, `realpath: ${path}\ntimestamp: 1700000000000\nstate: Enable\n`);
    this.file(`${name}/etc/redpak.yaml`, `headers:\n  alias: ${alias}\n  name: n-${alias}\n  info: test\n${config}`);
    if (admin !== undefined) {
      this.file(`${name}/etc/redpak-admin.yaml`, `headers:\n  alias: ${alias}-admin\n${admin}`);
    }
    return path;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** Exports that let the host's programs run: what a test's node needs at least. */
export const SYSTEM = `exports:
  - { mode: Restricted, mount: /usr, path: /usr }
  - { mode: Restricted, mount: /bin, path: /bin }
  - { mode: Restricted, mount: /lib, path: /lib }
${exists("/lib64") ? "  - { mode: Restricted, mount: /lib64, path: /lib64 }\n" : ""}  - { mode: Procfs, mount: /proc }
  - { mode: Devfs, mount: /dev }
  - { mode: Tmpfs, mount: /tmp }
`;

/** The `config` that follows {@link SYSTEM} when nothing else is asked for. */
export const PATH = "config:\n  path: /usr/bin:/bin\n";

export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** A test that needs root; without it the reason is printed. */
export function rootTest(name: string, body: (context: Deno.TestContext) => void | Promise<void>): void {
  if (!isRoot) console.log(`skipped: "${name}" needs root`);
  Deno.test({ name, ignore: !isRoot, fn: body });
}
