import { O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { fileDetails } from "../../ffi/libc/file_status.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { RedpakError } from "../core/error.ts";
import { listDirectory } from "../host/list_directory.ts";
import { type ProcessStat, readChildren, readLinkOf, readOf, readStat } from "../host/process.ts";
import { readBytes, readSpecial } from "../host/read_special.ts";
import { sweepGroupsOf } from "./cgroup_sweep.ts";
import { attemptLive } from "./live_error.ts";
import { openRunDirectory } from "./run_directory.ts";
import { decodeRecord, parseRecordName, recordName, type RunRecord } from "./run_record.ts";
import { isStale, removeRecord } from "./sweep_records.ts";

/** A node that runs, and its processes as the caller sees them. */
export interface RunningNode {
  readonly record: RunRecord;
  /** The one that the record is of, whose end is the end of the node. */
  readonly process: ProcessStat;
  /** Absent where the node does without, or may: only what is sure to be the supervisor is. */
  readonly supervisor: ProcessStat | undefined;
  /** PID 1 of the node; absent until it exists, and when all is over but for the supervisor. */
  readonly init: ProcessStat | undefined;
  /** The process that was started in the node: init itself where the node has `init: none`. */
  readonly program: ProcessStat | undefined;
  readonly state: "starting" | "running";
}

/** What the records of a user say. */
export interface RunningNodes {
  /** In the order of their start. */
  readonly nodes: readonly RunningNode[];
  readonly damaged: readonly DamagedRecord[];
}

/** A record that tells nothing of its node, though the process that wrote it lives. */
export interface DamagedRecord {
  readonly pid: number;
  readonly path: string;
}

/**
 * The nodes that a user runs. A record counts only while the process that wrote it lives; others are removed.
 *
 * @param path the directory of records
 */
export function listRunning(kernel: Kernel, path: string): RunningNodes {
  return attemptLive({ verb: "list the nodes of", object: path }, () => {
    using directory = openRunDirectory(kernel, path);
    if (directory === undefined) return { nodes: [], damaged: [] };
    const pidNamespace = readLinkOf(kernel, "self", "ns/pid") ?? "";
    const bootId = readSpecial("/proc/sys/kernel/random/boot_id", kernel).trim();
    const nodes: RunningNode[] = [];
    const damaged: DamagedRecord[] = [];
    for (const name of listDirectory(kernel, directory.number)) {
      if (isStale(kernel, name, pidNamespace)) {
        sweepAfter(kernel, directory, name);
        continue;
      }
      const process = parseRecordName(name);
      if (process === undefined || !process.isComplete || process.pidNamespace !== pidNamespace) continue;
      const record = readRecord(kernel, directory, name);
      if (record === "gone") continue;
      // The process has been started since the machine was, and writes that down.
      if (record === undefined || record.bootId !== bootId) {
        damaged.push({ pid: process.pid, path: `${path}/${name}` });
        continue;
      }
      const node = findProcesses(kernel, record);
      if (node !== undefined) nodes.push(node);
    }
    return { nodes: nodes.sort((one, other) => one.process.startTime - other.process.startTime), damaged };
  });
}

/**
 * Removes what a launch that was killed has left. INVARIANT: the record last, which says what there may be, and which every
 * launch writes first.
 */
function sweepAfter(kernel: Kernel, directory: Descriptor, name: string): void {
  const record = readRecord(kernel, directory, name);
  if (record !== undefined && record !== "gone") {
    try {
      sweepGroupsOf(kernel, record.plan);
    } catch (error) {
      if (!(error instanceof RedpakError && error.code === "E_RECORD_DAMAGED")) throw error;
    }
  }
  removeRecord(kernel, directory, name);
}

/** What is in the file of a supervisor has to be what its name says: others could be meant otherwise. `undefined` where it is not. */
function readRecord(kernel: Kernel, directory: Descriptor, name: string): RunRecord | "gone" | undefined {
  try {
    const flags = O.RDONLY | O.NOFOLLOW | O.NONBLOCK | O.CLOEXEC;
    using file = new Descriptor(kernel, kernel.openat(directory.number, name, flags, 0));
    const { seconds, nanoseconds } = fileDetails(kernel, file.number, "").modified;
    const writtenAt = seconds * 1000 + Math.floor(nanoseconds / 1e6);
    const memory = () => 1024 * Number(/^MemTotal: +(\d+)/m.exec(readSpecial("/proc/meminfo", kernel))?.[1]);
    const record = decodeRecord(readBytes(file.number, kernel), { name, writtenAt, memory });
    return record !== undefined && recordName(record.process) === name ? record : undefined;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return "gone";
    throw error;
  }
}

/** The processes of a record's node: init is the supervisor's child, the program is the first of init's. */
export function findProcesses(kernel: Kernel, record: RunRecord): RunningNode | undefined {
  const { pid, startTime, role } = record.process;
  const children = role === "supervisor" ? readChildren(kernel, pid).map((child) => readStat(kernel, child)) : [];
  const child = children.find((child) => child?.parent === pid && child.command === INIT);
  const parent = role === "init" ? pid : child?.pid;
  const first = parent === undefined ? undefined : readChildren(kernel, parent)[0];
  const started = first === undefined ? undefined : readStat(kernel, first);
  // INVARIANT: last. The process lives, so its child was that, and not somebody else with its pid.
  const process = readStat(kernel, pid);
  if (process?.startTime !== startTime || process.state === "Z") return undefined;
  if (role === "init" && process.command !== INIT || role === "program" && !isFirst(kernel, pid)) return undefined;
  const program = role === "program" ? process : started;
  const isRunning = program !== undefined && (program === process || program.parent === parent) &&
    program.command !== STARTING;
  return {
    record,
    process,
    supervisor: role === "supervisor" ? process : undefined,
    init: role === "supervisor" ? child : process,
    program,
    state: isRunning ? "running" : "starting",
  };
}

/** Whether it is PID 1 of a namespace further inside than this one (proc_pid_status(5)). */
function isFirst(kernel: Kernel, pid: number): boolean {
  return /^NSpid:(?:\t\d+)+\t1$/m.test(readOf(kernel, pid, "status") ?? "");
}

const INIT = "redpak-init";

/** What the program's process is called before it is the program (ffi/stage/init.c). */
const STARTING = "redpak-program";
