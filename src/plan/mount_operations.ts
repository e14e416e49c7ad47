import type { Ids, MergedExport } from "../config/merged.ts";
import type { Cover } from "../config/own_files.ts";
import type { ExportMode } from "../config/schema.ts";
import type { Position } from "../core/error.ts";
import { isWithin, normalizePath } from "../core/path.ts";
import { quote } from "../core/quote.ts";
import type { BuildContext } from "./build_context.ts";
import { coverOwnFiles } from "./cover_own_files.ts";
import { normalizeDestination } from "./destination.ts";
import { buildDeviceDirectory } from "./device_nodes.ts";
import { buildDevices, refuseDevices } from "./devices.ts";
import type { Identity } from "./identity.ts";
import { canMountProc, type NamespaceChoices } from "./namespaces.ts";
import { noLinks } from "./no_links.ts";
import type { MountOption, Operation, Phase } from "./operation.ts";
import { defaultTmpfs, deviceTmpfs, exportTmpfs } from "./tmpfs.ts";

/** What the exports come to, in the order of the merged configuration. */
export interface MountOperations {
  /** Directories of the host that are made where they are missing. */
  readonly sources: readonly Operation[];
  readonly early: readonly Operation[];
  /** What only a process of the node's namespaces can mount, and what lies below it. */
  readonly late: readonly Operation[];
  /** After all mounts, for the files to be locked come from them. */
  readonly locks: readonly Operation[];
}

/** @param umask what it takes away from the permissions of directories that are made on the host */
export function buildMounts(
  context: BuildContext,
  namespaces: NamespaceChoices,
  identity: Identity,
  umask: number,
): MountOperations {
  const plain = context.merged.exports.flatMap((sourced) => {
    const mount = normalizeDestination(context, sourced);
    return mount === undefined ? [] : [{ ...sourced, value: { ...sourced.value, mount } }];
  });
  const exports = coverOwnFiles(plain, context.merged.family);
  const ownProc = canMountProc(namespaces);
  const sharedIpc = namespaces.ipc.kind === "shared";
  const late = exports.filter(({ value: { mode } }) =>
    (mode === "Mqueue" && !sharedIpc) || (mode === "Procfs" && ownProc)
  );
  const result = {
    sources: [] as Operation[],
    early: [] as Operation[],
    late: [] as Operation[],
    locks: [] as Operation[],
  };
  const early: Phase = context.privileged ? "host" : "init";
  const ensured = new Set<string>();
  refuseDevices(context);
  for (const { value, where, at = () => where, cover } of exports) {
    const destination = value.mount;
    const time = late.some((other) => isWithin(destination, other.value.mount)) ? "late" : "early";
    const phase = time === "early" ? early : "init";
    const owner = phase === "host" ? identity.outside : identity.maker;
    const mount: Mount = {
      value,
      origin: where,
      at,
      destination,
      phase,
      owner,
      ownProc,
      ownIds: identity.mountMaps !== undefined,
      context,
    };
    const made = cover === undefined ? forNode(value, context, identity, umask) : forLauncher(cover, context);
    if (made !== undefined && !ensured.has(value.path)) {
      ensured.add(value.path);
      result.sources.push({ operation: "ensure-directory", phase: early, origin: where, path: value.path, ...made });
    }
    (value.mode === "Lock" ? result.locks : result[time]).push(...BUILD[value.mode](mount));
  }
  return result;
}

type MadeDirectory = Omit<Operation<"ensure-directory">, "operation" | "phase" | "origin" | "path">;

/** Modes whose missing source is made as a directory. The other binds fail. */
const CREATES_SOURCE: readonly ExportMode[] = ["Public", "Restricted", "Private"];

function forNode(
  { mode, optional }: MergedExport,
  { merged }: BuildContext,
  { onDisk }: Identity,
  umask: number,
): MadeDirectory | undefined {
  if (!CREATES_SOURCE.includes(mode) || optional === true) return undefined;
  return { mode: 0o775 & ~umask, ...onDisk, smack: merged.scalars.smack?.value ?? "", optional: false };
}

function forLauncher({ isMade }: Cover, { request: { facts }, privileged }: BuildContext): MadeDirectory | undefined {
  if (!isMade) return undefined;
  const { uid, gid } = privileged ? { uid: 0, gid: 0 } : facts;
  return { mode: 0o755, uid, gid, smack: "", optional: true };
}

/** Modes that promise a file. */
const FILE_MODES: readonly ExportMode[] = ["PublicFile", "RestrictedFile", "PrivateFile"];

/** An export on its way into operations. */
interface Mount {
  readonly value: MergedExport;
  readonly origin: Position;
  /** Where one of its keys stands. */
  readonly at: (key: keyof MergedExport) => Position;
  /** Normalised. */
  readonly destination: string;
  readonly phase: Phase;
  /** Owner of what is made, in the user namespace of who makes it. */
  readonly owner: Ids;
  readonly ownProc: boolean;
  /** The node's ids are others than those on the disk. */
  readonly ownIds: boolean;
  readonly context: BuildContext;
}

const BUILD: Readonly<Record<ExportMode, (mount: Mount) => Operation[]>> = {
  Public: bindWith("nosuid", "nodev"),
  Restricted: bindWith("ro", "nosuid", "nodev"),
  Private: bindWith("nosuid", "nodev"),
  PrivateRestricted: bindWith("ro", "nosuid", "nodev"),
  PublicFile: bindWith("nosuid", "nodev"),
  RestrictedFile: bindWith("ro", "nosuid", "nodev"),
  PrivateFile: bindWith("nosuid", "nodev"),
  Anonymous: (mount) => [{ operation: "directory", ...place(mount), mode: 0o755, ...mount.owner }],
  Symlink: (mount) => {
    mount.context.checkText(mount.value.path, mount.origin);
    return [{ operation: "symlink", ...place(mount), target: mount.value.path }];
  },
  Execfd(mount) {
    const command = mount.value.path;
    const text = mount.context.request.outputs?.get(command);
    mount.context.checkText(text ?? command, mount.origin);
    const content = text === undefined ? { command } : { text };
    return [{ operation: "file", ...place(mount), content, mode: 0o666, ...mount.owner }];
  },
  Internal(mount) {
    const descriptor = parseDescriptor(mount);
    return [{ operation: "file", ...place(mount), content: { descriptor }, mode: 0o666, ...mount.owner }];
  },
  Tmpfs: (mount) => [
    {
      operation: "tmpfs",
      ...place(mount),
      mode: 0o755,
      ...mount.owner,
      ...exportTmpfs(mount.context, mount.value, mount.at),
    },
  ],
  Procfs(mount) {
    const onlyPids = mount.context.merged.scalars.proc?.value === "pid";
    if (!mount.ownProc) return [...bindProc(mount, onlyPids), ...hideKernel(mount)];
    return [{ operation: "procfs", ...place(mount), onlyPids }, ...onlyPids ? [] : hideKernel(mount)];
  },
  Devfs: ({ destination, phase, origin, owner, context }) => [
    ...buildDeviceDirectory({
      destination,
      phase,
      origin,
      owner,
      terminal: context.request.facts.terminal,
      own: deviceTmpfs(context),
      sharedMemory: defaultTmpfs(context),
    }),
    ...buildDevices(context, { destination, phase, owner }),
  ],
  Mqueue: (mount) => [{ operation: "mqueue", ...place(mount) }],
  Lock: (mount) => [{ operation: "lock", ...place(mount), phase: "init" }],
};

function bindProc(mount: Mount, onlyPids: boolean): Operation[] {
  const { merged, problems } = mount.context;
  if (onlyPids) {
    problems.push({
      code: "E_PROC_SHARED",
      message: `Cannot mount a Procfs that shows only processes at ${quote(mount.destination)}: it is the launcher's`,
      where: merged.scalars.proc?.where,
      hints: ["set share_pid to disabled, or leave proc out"],
    });
  }
  const options = ["nosuid", "nodev", "noexec"] as const;
  return [{ operation: "bind", ...place(mount), source: { path: "/proc" }, options, ...PLAIN }];
}

const PLAIN = { optional: false, isFile: false, isDevice: false } as const;

/** Of a procfs that shows more than processes. */
function hideKernel(mount: Mount): Operation[] {
  const at = (name: string) => ({ ...place(mount), destination: `${mount.destination}/${name}` });
  return [
    ...PROTECTED_IN_PROC.map((name): Operation => ({ operation: "protect", ...at(name) })),
    ...MASKED_IN_PROC.map((name): Operation => ({ operation: "mask", ...at(name) })),
  ];
}

/** Where a write could change the host, whatever the capabilities of who writes. */
const PROTECTED_IN_PROC = ["sys", "sysrq-trigger", "irq", "bus", "fs", "acpi", "scsi", "dynamic_debug"];

/** What tells of the host's kernel, its memory, its keys, and of all that happens on the machine. */
const MASKED_IN_PROC = [
  "cmdline",
  "config.gz",
  "interrupts",
  "iomem",
  "ioports",
  "kallsyms",
  "kcore",
  "key-users",
  "keys",
  "kmsg",
  "kpagecgroup",
  "kpagecount",
  "kpageflags",
  "latency_stats",
  "sched_debug",
  "slabinfo",
  "timer_list",
  "vmallocinfo",
];

function place({ phase, origin, destination }: Mount) {
  return { phase, origin, destination };
}

/**
 * Where the node writes, and where its own files are, owners are those on the disk. What it can only read of the host
 * belongs to nobody it knows: what is root's alone stays so.
 */
function bindWith(...options: MountOption[]): (mount: Mount) => Operation[] {
  return (mount) => {
    const { context, value: { mode, path, optional = false }, origin, ownIds } = mount;
    const isFile = FILE_MODES.includes(mode);
    context.checkText(path, origin);
    if (!path.startsWith("/") && !context.isPending(path)) {
      context.problems.push({
        code: "E_EXPORT_SOURCE",
        message: `Cannot export ${quote(path)}: the source is not an absolute path`,
        where: origin,
        hints: ["$NODE_PATH is the directory of the node"],
      });
    }
    const isOwn = isWithin(normalizePath(path), context.merged.family.at(-1)!.path);
    const idmap = ownIds && (isOwn || !options.includes("ro"));
    const links = noLinks(context, mount.value, mount.at);
    return [{
      operation: "bind",
      ...place(mount),
      source: { path },
      options: [...options, ...links, ...idmap ? ["idmap" as const] : []],
      optional,
      isFile,
      isDevice: false,
    }];
  };
}

/** Descriptors are C's `int`. */
const MAX_DESCRIPTOR = 2 ** 31 - 1;

function parseDescriptor({ value: { path, mount }, origin, context }: Mount): number {
  const descriptor = /^[0-9]+$/.test(path) ? Number(path) : NaN;
  if (descriptor <= MAX_DESCRIPTOR) return descriptor;
  if (!context.isPending(path)) {
    context.problems.push({
      code: "E_EXPORT_DESCRIPTOR",
      message: `Cannot export to ${quote(mount)}: mode Internal needs the number of a file descriptor, got ${
        quote(path)
      }`,
      where: origin,
    });
  }
  return 0;
}
