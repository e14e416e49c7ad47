import { AT_FDCWD, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { listDirectory } from "../host/list_directory.ts";
import { type ProcessStat, readChildren, readLinkOf, readStat } from "../host/process.ts";
import type { RunningNode } from "./running_nodes.ts";

/** Processes by the mount and pid namespaces that they are in, as far as the kernel shows that to the caller. */
export type Inhabitants = ReadonlyMap<string, readonly number[]>;

/** One look at the whole machine, for all nodes that are asked about: there may be hundreds of them. */
export function findInhabitants(kernel: Kernel): Inhabitants {
  const inhabitants = new Map<string, number[]>();
  for (const pid of listPids(kernel)) {
    for (const link of ["ns/mnt", "ns/pid"]) {
      const namespace = readShown(kernel, pid, link);
      if (namespace === undefined) continue;
      const others = inhabitants.get(namespace);
      if (others === undefined) inhabitants.set(namespace, [pid]);
      else others.push(pid);
    }
  }
  return inhabitants;
}

/**
 * The processes of a node, init first: those that come from its init, and whoever else has joined its mount namespace or
 * its own pid namespace.
 */
export function nodeProcesses(
  kernel: Kernel,
  { init, program, supervisor }: RunningNode,
  inhabitants = findInhabitants(kernel),
): ProcessStat[] {
  if (init === undefined) return [];
  const pids = new Set([init.pid]);
  for (const pid of pids) readChildren(kernel, pid).forEach((child) => pids.add(child));

  const member = (link: string) =>
    readShown(kernel, init.pid, link) ?? (program && readShown(kernel, program.pid, link));
  const mount = member("ns/mnt");
  const pid = member("ns/pid");
  // The supervisor of a user's node hides its own; what is shared with this process is shared with the host.
  const outside = (supervisor && readShown(kernel, supervisor.pid, "ns/pid")) ?? readShown(kernel, "self", "ns/pid");
  const joined = pid === outside ? [mount] : [mount, pid];
  for (const namespace of joined) inhabitants.get(namespace ?? "")?.forEach((other) => pids.add(other));
  return [...pids].flatMap((pid) => readStat(kernel, pid) ?? []);
}

function listPids(kernel: Kernel): number[] {
  using proc = new Descriptor(kernel, kernel.openat(AT_FDCWD, "/proc", O.RDONLY | O.DIRECTORY | O.CLOEXEC, 0));
  return listDirectory(kernel, proc.number).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** `undefined` also where the kernel does not show it: what is hidden from the caller is nothing that it has started. */
function readShown(kernel: Kernel, pid: number | "self", link: string): string | undefined {
  try {
    return readLinkOf(kernel, pid, link);
  } catch (error) {
    if (isErrno(error, "EACCES", "EPERM")) return undefined;
    throw error;
  }
}
