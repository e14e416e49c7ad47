import { CGROUP2_SUPER_MAGIC, O } from "../../ffi/libc/constants.ts";
import { STATFS_LAYOUT } from "../../ffi/libc/file_status.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import { type Kernel, kernelOf } from "../../ffi/libc/system_calls.ts";

/** A tree of control groups in memory: the content of each file by its path, groups being where files are. */
export interface FakeCgroups {
  readonly kernel: Kernel;
  readonly files: Map<string, string>;
  /** What was written, as `FILE=VALUE`, what was made as `+GROUP` and removed as `-GROUP`. */
  readonly changes: string[];
}

const ROOT = "/cg";

export interface FakeOptions {
  readonly own?: string;
  readonly uid?: number;
  /** Called with each change before it is made; it may throw. */
  readonly before?: (change: string, fake: FakeCgroups) => void;
}

/** `groups` are the groups that there are below the root, with the controllers that they have. */
export function fakeCgroups(groups: Readonly<Record<string, string>>, options: FakeOptions = {}): FakeCgroups {
  const files = new Map([
    ["/proc/self/cgroup", `0::${options.own ?? "/"}\n`],
    ["/proc/self/mountinfo", `30 20 0:27 / ${ROOT} rw - cgroup2 cgroup2 rw\n`],
  ]);
  const addGroup = (path: string, controllers: string) => {
    files.set(`${path}/cgroup.controllers`, controllers);
    for (const name of ["cgroup.procs", "cgroup.subtree_control"]) files.set(`${path}/${name}`, "");
    if (path !== ROOT) files.set(`${path}/cgroup.type`, "domain");
    if (controllers.includes("pids")) files.set(`${path}/pids.max`, "max");
    if (controllers.includes("memory")) files.set(`${path}/memory.max`, "max");
  };
  for (const [path, controllers] of Object.entries(groups)) addGroup(ROOT + (path === "/" ? "" : path), controllers);

  const changes: string[] = [];
  const open = new Map<number, { readonly path: string; read: boolean }>();
  const fake: FakeCgroups = { kernel: kernelOf((name, args) => call(name, args)), files, changes };
  let next = 10;
  const change = (text: string) => {
    options.before?.(text, fake);
    changes.push(text);
  };
  const exists = (path: string) => files.has(path) || files.has(`${path}/cgroup.procs`);
  const fail = (call: string, errno: string): never => {
    throw new SystemCallError(call, errno);
  };
  const call = (name: keyof Kernel, args: readonly unknown[]): number => {
    const at = () => {
      const path = String(args[1]);
      return path.startsWith("/") ? path : `${open.get(Number(args[0]))?.path}/${path}`;
    };
    const answers: { readonly [N in keyof Kernel]?: () => number | void } = {
      geteuid: () => options.uid ?? 0,
      openat() {
        if (!exists(at())) fail(name, "ENOENT");
        if ((Number(args[2]) & O.WRONLY) !== 0 && options.uid !== undefined) fail(name, "EACCES");
        open.set(next, { path: at(), read: false });
        return next++;
      },
      close: () => void open.delete(Number(args[0])),
      fstatfs() {
        new DataView((args[1] as Uint8Array).buffer).setBigInt64(STATFS_LAYOUT.type, BigInt(CGROUP2_SUPER_MAGIC), true);
      },
      read() {
        const file = open.get(Number(args[0]))!;
        if (!files.has(file.path)) fail(name, "ENODEV");
        if (file.read) return 0;
        file.read = true;
        return new TextEncoder().encodeInto(files.get(file.path)!, args[1] as Uint8Array).written;
      },
      write() {
        const path = open.get(Number(args[0]))!.path;
        const value = new TextDecoder().decode(args[1] as Uint8Array).trim();
        change(`${path.slice(ROOT.length)}=${value}`);
        files.set(path, path.endsWith("subtree_control") ? value.replaceAll("+", "") : value);
        return (args[1] as Uint8Array).length;
      },
      mkdirat() {
        if (exists(at())) fail(name, "EEXIST");
        const parent = at().slice(0, at().lastIndexOf("/"));
        if (!exists(parent)) fail(name, "ENOENT");
        change(`+${at().slice(ROOT.length)}`);
        addGroup(at(), files.get(`${parent}/cgroup.subtree_control`)!);
      },
      unlinkat() {
        const below = [...files.keys()].filter((path) => path.startsWith(`${at()}/`));
        if (below.length === 0) fail(name, "ENOENT");
        if (below.some((path) => path.slice(at().length + 1).includes("/"))) fail(name, "EBUSY");
        change(`-${at().slice(ROOT.length)}`);
        below.forEach((path) => files.delete(path));
      },
    };
    return answers[name]?.() ?? 0;
  };
  return fake;
}
