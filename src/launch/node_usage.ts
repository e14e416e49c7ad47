import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { cgroupDirectory, findCgroupTree } from "../host/cgroup_tree.ts";
import { readOf, TICKS_PER_SECOND } from "../host/process.ts";
import { readSpecial } from "../host/read_special.ts";
import { type Inhabitants, nodeProcesses } from "./node_processes.ts";
import { findOwnGroup } from "./own_group.ts";
import type { RunningNode } from "./running_nodes.ts";

/** What a node uses. `null`: the kernel does not say, or not to the caller. */
export interface NodeUsage {
  /** Where the numbers come from: the node's own group, or its processes of this moment. */
  readonly source: "cgroup" | "processes";
  readonly cpuSeconds: number | null;
  readonly memoryBytes: number | null;
  readonly processes: number | null;
  readonly readBytes: number | null;
  readonly writtenBytes: number | null;
  /** Percent of the last ten seconds in which something of the node had to wait (PSI); only of a group. */
  readonly pressure: Readonly<Record<"cpu" | "memory" | "io", number | null>>;
}

/** What a node uses now. A group has no numbers of controllers that it does not have: those are summed up. */
export function nodeUsage(kernel: Kernel, node: RunningNode, inhabitants: Inhabitants): NodeUsage {
  const summed = sumUp(kernel, node, inhabitants);
  const directory = ownGroup(kernel, node);
  if (directory === undefined) return summed;
  const read = (file: string) => readOptional(kernel, `${directory}/${file}`);
  const number = (file: string) => parseNumber(read(file));
  const microseconds = parseKey(read("cpu.stat"), "usage_usec");
  const io = read("io.stat");
  return {
    source: "cgroup",
    cpuSeconds: microseconds === null ? summed.cpuSeconds : microseconds / 1e6,
    memoryBytes: number("memory.current") ?? summed.memoryBytes,
    processes: number("pids.current") ?? summed.processes,
    readBytes: sumOf(io, "rbytes") ?? summed.readBytes,
    writtenBytes: sumOf(io, "wbytes") ?? summed.writtenBytes,
    pressure: {
      cpu: parsePressure(read("cpu.pressure")),
      memory: parsePressure(read("memory.pressure")),
      io: parsePressure(read("io.pressure")),
    },
  };
}

function ownGroup(kernel: Kernel, node: RunningNode): string | undefined {
  const group = findOwnGroup(kernel, node);
  return group === undefined ? undefined : cgroupDirectory(findCgroupTree(kernel), group);
}

function sumUp(kernel: Kernel, node: RunningNode, inhabitants: Inhabitants): NodeUsage {
  const processes = nodeProcesses(kernel, node, inhabitants);
  const sum = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
  };
  const io = processes.map(({ pid }) => readShown(kernel, pid, "io"));
  return {
    source: "processes",
    cpuSeconds: sum(processes.map(({ cpuTicks }) => cpuTicks / TICKS_PER_SECOND)),
    memoryBytes: sum(processes.map(({ pid }) => memoryOf(kernel, pid))),
    processes: processes.length,
    readBytes: sum(io.map((text) => parseKey(text, "read_bytes:"))),
    writtenBytes: sum(io.map((text) => parseKey(text, "write_bytes:"))),
    pressure: { cpu: null, memory: null, io: null },
  };
}

/** A process's share of what it shares, which adds up; where the kernel hides that, all that it has in memory. */
function memoryOf(kernel: Kernel, pid: number): number | null {
  const share = parseKey(readShown(kernel, pid, "smaps_rollup"), "Pss:");
  const kilobytes = share ?? parseKey(readShown(kernel, pid, "status"), "VmRSS:");
  return kilobytes === null ? null : kilobytes * 1024;
}

function readShown(kernel: Kernel, pid: number, file: string): string | undefined {
  try {
    return readOf(kernel, pid, file);
  } catch (error) {
    if (isErrno(error, "EACCES", "EPERM")) return undefined;
    throw error;
  }
}

/** PSI may be switched off at boot: then its files give EOPNOTSUPP. */
function readOptional(kernel: Kernel, path: string): string | undefined {
  try {
    return readSpecial(path, kernel);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV", "EOPNOTSUPP", "EACCES")) return undefined;
    throw error;
  }
}

function parseNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d+\n?$/.test(text) ? Number(text) : null;
}

/** The number behind a word at the beginning of a line. */
export function parseKey(text: string | undefined, key: string): number | null {
  const line = text?.split("\n").map((line) => line.trim().split(/\s+/)).find(([word]) => word === key);
  return line === undefined ? null : Number(line[1]);
}

/** The sum of all `key=NUMBER` of io.stat, one for each device. */
export function sumOf(text: string | undefined, key: string): number | null {
  if (text === undefined) return null;
  return text.split(/\s+/).reduce(
    (sum, word) => word.startsWith(`${key}=`) ? sum + Number(word.slice(key.length + 1)) : sum,
    0,
  );
}

/** `avg10` of the line `some`, in percent. */
export function parsePressure(text: string | undefined): number | null {
  const average = text === undefined ? undefined : /^some avg10=([\d.]+)/m.exec(text)?.[1];
  return average === undefined ? null : Number(average);
}
