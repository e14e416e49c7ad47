import { AT_FDCWD, CLONE, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { fileStatus } from "../../ffi/libc/file_status.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { isWithin } from "../core/path.ts";
import { cgroupPath } from "../host/cgroup.ts";
import { parseMountInfo } from "../host/mount_info.ts";
import { type ProcessStat, readLinkOf, readOf } from "../host/process.ts";
import { readSpecial } from "../host/read_special.ts";
import { MAX_SIZE } from "../plan/binary_format.ts";
import type { Limit, LiveNode, LiveProcess } from "../plan/live_node.ts";
import { type IdMap, type Namespace, NAMESPACES } from "../plan/operation.ts";
import type { Plan } from "../plan/plan.ts";
import { nodeProcesses } from "./node_processes.ts";
import { observeCgroups } from "./observe_cgroups.ts";
import { observeDevices } from "./observe_devices.ts";
import type { RunningNode } from "./running_nodes.ts";

/**
 * What the kernel shows of a running node. INVARIANT: the last thing that a process does on its main thread, which for
 * the host name enters the node's uts namespace: the kernel tells a host name only inside (uts_namespaces(7)).
 */
export function observeNode(kernel: Kernel, node: RunningNode): LiveNode {
  const { plan, startedAt } = node.record;
  const processes = nodeProcesses(kernel, node);
  const mounts = processes.map(({ pid }) => shown(() => readOf(kernel, pid, "mountinfo"))).find((text) => text) ?? "";
  const interfaces = processes.map(({ pid }) => readOf(kernel, pid, "net/dev")).find((text) => text) ?? "";
  return {
    mounts: parseMountInfo(mounts),
    hostMounts: parseMountInfo(readOf(kernel, "self", "mountinfo") ?? ""),
    ...findSources(plan, startedAt),
    covered: findCovered(kernel, plan),
    devices: observeDevices(kernel, plan, processes),
    namespaceFiles: findNamespaceFiles(kernel, plan),
    hostNamespaces: readNamespaces(kernel, "self"),
    interfaces: interfaces.split("\n").flatMap((line) => /^\s*(\S+):/.exec(line)?.[1] ?? []),
    processes: processes.map((stat) => observeProcess(kernel, node, stat)),
    cgroups: observeCgroups(kernel, node),
    hostName: readHostName(kernel, node.init),
  };
}

function observeProcess(kernel: Kernel, node: RunningNode, { pid, command, nice }: ProcessStat): LiveProcess {
  const read = (file: string) => shown(() => readOf(kernel, pid, file));
  const words = (file: string) => read(file)?.split("\0").slice(0, -1);
  const role = pid === node.program?.pid ? "program" : pid === node.init?.pid ? "init" : undefined;
  const adjustment = read("oom_score_adj");
  return {
    pid,
    command,
    role: role ?? (command === "redpak-enter" ? "helper" : "other"),
    status: parseStatus(read("status") ?? ""),
    namespaces: readNamespaces(kernel, pid, role === "init"),
    limits: parseLimits(read("limits") ?? ""),
    uidMaps: parseIdMaps(read("uid_map") ?? ""),
    gidMaps: parseIdMaps(read("gid_map") ?? ""),
    setgroups: read("setgroups")?.trim(),
    oomScoreAdjustment: adjustment === undefined ? undefined : Number(adjustment),
    nice,
    label: (read("attr/apparmor/current") ?? read("attr/current"))?.replace(/[\0\n]+$/, ""),
    cgroup: cgroupPath(kernel, pid),
    arguments: words("cmdline"),
    environment: words("environ"),
  };
}

/** `undefined` also for what there is not on this machine, as labels without a security module (EINVAL). */
function shown<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isErrno(error, "EACCES", "EPERM", "EINVAL", "ENOENT", "ESRCH")) return undefined;
    throw error;
  }
}

function readNamespaces(kernel: Kernel, pid: number | "self", isInit = false): LiveNode["hostNamespaces"] {
  const names = Object.keys(NAMESPACES) as Namespace[];
  return Object.fromEntries(names.flatMap((name) => {
    const link = name === "mount" ? "mnt" : name === "time" && isInit ? "time_for_children" : name;
    const found = shown(() => readLinkOf(kernel, pid, `ns/${link}`));
    return found === undefined ? [] : [[name, found]];
  }));
}

export function parseStatus(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split("\n").flatMap((line) => {
      const end = line.indexOf(":");
      return end < 0 ? [] : [[line.slice(0, end), line.slice(end + 1).trim().replaceAll("\t", " ")] as const];
    }),
  );
}

/** The names that proc_pid_limits(5) uses, by the number of the resource. */
const LIMIT_NAMES = [
  "cpu time",
  "file size",
  "data size",
  "stack size",
  "core file size",
  "resident set",
  "processes",
  "open files",
  "locked memory",
  "address space",
  "file locks",
  "pending signals",
  "msgqueue size",
  "nice priority",
  "realtime priority",
  "realtime timeout",
];

export function parseLimits(text: string): Limit[] {
  const number = (word: string | undefined) => word === "unlimited" ? MAX_SIZE : BigInt(word ?? 0);
  return LIMIT_NAMES.flatMap((name) => {
    const match = new RegExp(`^Max ${name} +(\\S+) +(\\S+)`, "m").exec(text);
    return match === null ? [] : [{ soft: number(match[1]), hard: number(match[2]) }];
  });
}

function parseIdMaps(text: string): IdMap[] {
  return text.split("\n").filter((line) => line !== "").map((line) => {
    const [inside = 0, outside = 0, count = 0] = line.trim().split(/\s+/).map(Number);
    return { inside, outside, count };
  });
}

function findSources({ operations }: Plan, startedAt: number): Pick<LiveNode, "sources" | "laterSources"> {
  const sources = new Map<string, string>();
  const laterSources = new Set<string>();
  for (const operation of operations) {
    if (operation.operation !== "bind" || !("path" in operation.source)) continue;
    const { path } = operation.source;
    try {
      sources.set(path, Deno.realPathSync(path));
      const { birthtime } = Deno.statSync(path);
      if (birthtime === null || birthtime.getTime() > startedAt) laterSources.add(path);
    } catch (error) {
      // Deno looks at nothing in /proc and the like; there, what is no link of a process is where it seems to be.
      if (error instanceof Deno.errors.NotCapable) sources.set(path, path);
    }
  }
  return { sources, laterSources };
}

/** The caller's /proc is looked at: that of the node has the same, whoever may look into it. */
function findCovered(kernel: Kernel, { operations }: Plan): ReadonlySet<string> {
  const procs = operations.flatMap((operation) =>
    operation.operation === "procfs" ||
      operation.operation === "bind" && "path" in operation.source && operation.source.path === "/proc"
      ? [operation.destination]
      : []
  );
  return new Set(operations.flatMap((operation) => {
    if (operation.operation !== "protect" && operation.operation !== "mask") return [];
    const { destination } = operation;
    const proc = procs.find((proc) => isWithin(destination, proc));
    const isThere = proc !== undefined && shown(() => {
      const path = `/proc${destination.slice(proc.length)}`;
      using _ = new Descriptor(kernel, kernel.openat(AT_FDCWD, path, O.PATH | O.CLOEXEC, 0));
      return true;
    });
    return isThere ? [destination] : [];
  }));
}

/** The path may be a link of /proc, or a file that a namespace is bound to: the inode is the namespace's in any case. */
function findNamespaceFiles(kernel: Kernel, { operations }: Plan): ReadonlyMap<string, string> {
  return new Map(operations.flatMap((operation) => {
    if (operation.operation !== "join" || !("path" in operation.source)) return [];
    const { namespace, source: { path } } = operation;
    const inode = shown(() => {
      using file = new Descriptor(kernel, kernel.openat(AT_FDCWD, path, O.RDONLY | O.NONBLOCK | O.CLOEXEC, 0));
      return fileStatus(kernel, file.number).inode;
    });
    return inode === undefined ? [] : [[path, `${namespace}:[${inode}]`] as const];
  }));
}

/** Who is not privileged over the host's user namespace may not enter the node's uts namespace for this. */
function readHostName(kernel: Kernel, init: ProcessStat | undefined): string | undefined {
  if (init === undefined) return undefined;
  return shown(() => {
    const path = `/proc/${init.pid}/ns/uts`;
    using namespace = new Descriptor(kernel, kernel.openat(AT_FDCWD, path, O.RDONLY | O.CLOEXEC, 0));
    kernel.setns(namespace.number, CLONE.NEWUTS);
    return readSpecial("/proc/sys/kernel/hostname", kernel).trimEnd();
  });
}
