import type { MountOption, Operation, Phase } from "./operation.ts";
import type { Ids } from "../config/merged.ts";
import type { Position } from "../core/error.ts";
import type { Tmpfs } from "./tmpfs.ts";

/** Devices of the host that nobody can do harm with. */
export const HARMLESS = ["null", "zero", "full", "random", "urandom", "tty"] as const;

/** No `nodev`: they are there to be used. */
const OPTIONS: readonly MountOption[] = ["nosuid", "noexec"];

const LINKS: Readonly<Record<string, string>> = {
  stdin: "/proc/self/fd/0",
  stdout: "/proc/self/fd/1",
  stderr: "/proc/self/fd/2",
  fd: "/proc/self/fd",
  core: "/proc/kcore",
  ptmx: "pts/ptmx",
};

/** What every Devfs has by itself, by the first name of its path in /dev. */
export const STANDARD_NAMES: readonly string[] = [...HARMLESS, ...Object.keys(LINKS), "console", "pts", "shm"];

export interface DeviceDirectory {
  readonly destination: string;
  readonly phase: Phase;
  readonly origin: Position;
  readonly owner: Ids;
  /** Standard output is a terminal: it becomes the node's console. */
  readonly terminal: boolean;
  readonly own: Tmpfs;
  /** /dev/shm, where shm_open(3) has its objects. */
  readonly sharedMemory: Tmpfs;
}

/**
 * A minimal /dev: the harmless devices of the host, pseudo-terminals and shared memory of its own, the usual links.
 */
export function buildDeviceDirectory(directory: DeviceDirectory): Operation[] {
  const { destination, phase, origin, owner, terminal, own, sharedMemory } = directory;
  const common = { phase, origin };
  const bind = (name: string, source: { path: string } | { descriptor: number }): Operation => ({
    operation: "bind",
    ...common,
    source,
    destination: `${destination}/${name}`,
    options: OPTIONS,
    optional: false,
    isFile: false,
    isDevice: false,
  });
  const tmpfs = (destination: string, mode: number, tmpfs: Tmpfs): Operation => ({
    operation: "tmpfs",
    ...common,
    destination,
    mode,
    ...owner,
    ...tmpfs,
  });
  return [
    tmpfs(destination, 0o755, own),
    ...HARMLESS.map((name) => bind(name, { path: `/dev/${name}` })),
    ...Object.entries(LINKS).map(([name, target]): Operation => ({
      operation: "symlink",
      ...common,
      target,
      destination: `${destination}/${name}`,
    })),
    tmpfs(`${destination}/shm`, 0o1777, sharedMemory),
    { operation: "devpts", ...common, destination: `${destination}/pts` },
    ...(terminal ? [bind("console", { descriptor: 1 })] : []),
  ];
}
