import { AT_FDCWD, F, O } from "../../ffi/libc/constants.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { cgroupDirectory, findCgroupTree } from "../host/cgroup_tree.ts";
import { readSpecial } from "../host/read_special.ts";
import { openProcess, type ProcessStat, readLinkOf } from "../host/process.ts";
import { attachPlan } from "../plan/attach_plan.ts";
import { encodePlan } from "../plan/encode.ts";
import { enterPlan } from "../plan/enter_plan.ts";
import { handOver } from "../plan/hand_over.ts";
import { type Namespace, NAMESPACES } from "../plan/operation.ts";
import type { Plan } from "../plan/plan.ts";
import { carryOut } from "./carry_out.ts";
import { attempt } from "./launch_error.ts";
import { findOwnGroup } from "./own_group.ts";
import type { RunningNode } from "./running_nodes.ts";

export interface EnterOptions {
  /** The native stage for this machine, an ELF image. */
  readonly stage: Uint8Array;
  /** The program and its arguments; the node's shell when empty. */
  readonly arguments: readonly string[];
  readonly trace?: (line: string) => void;
}

/**
 * Starts a program in a running node, confined as the node's own; the process becomes its supervisor. This process joins
 * nothing: the stage does, in a child of a single thread (setns(2)).
 *
 * @throws {RedpakError} `E_NOT_RUNNING`, `E_NOT_PERMITTED`; else as `launch`
 */
export function enterNode(kernel: Kernel, node: RunningNode, { stage, ...options }: EnterOptions): never {
  const plan = attempt({ verb: "enter", object: node.record.id }, () => {
    const { stat, namespaces } = findMember(kernel, node);
    const process = openProcess(kernel, stat.pid, stat.startTime) ?? gone(node);
    const time = stat === node.program ? undefined : openTime(kernel, stat);
    const group = findGroup(kernel, node);
    const cgroups = openCgroups(kernel, group);
    const descriptors = [process.release(), ...time === undefined ? [] : [time], ...cgroups];
    for (const descriptor of descriptors) kernel.fcntl(descriptor, F.SETFD, 0);
    return enterPlan(node.record.plan, {
      process: process.number,
      namespaces,
      cgroups,
      limits: findLimits(kernel, group, node.record.plan),
      time,
      arguments: options.arguments,
    });
  });
  return carryOut(plan, (opened) => attachPlan(stage, encodePlan(handOver(plan, opened))), options);
}

/** Their names in /proc/PID/ns where they are not the plan's. */
const LINKS: Partial<Record<Namespace, string>> = { mount: "mnt" };

/**
 * The process whose namespaces are joined, and those that it does not have in common with this one. Init is in none
 * but the plan's. The kernel shows it to root only; for others it is the program, which is as good: what the program
 * has left, by namespaces of its own, is confinement in addition.
 */
function findMember(kernel: Kernel, node: RunningNode): { stat: ProcessStat; namespaces: Namespace[] } {
  const stat = kernel.geteuid() === 0 ? node.init : node.program;
  if (stat === undefined || node.state === "starting") gone(node);
  const namespaces = (Object.keys(NAMESPACES) as Namespace[]).filter((name) => {
    const link = `ns/${LINKS[name] ?? name}`;
    return readNamespace(kernel, stat.pid, link, node) !== readNamespace(kernel, "self", link, node);
  });
  return { stat, namespaces };
}

function readNamespace(kernel: Kernel, pid: number | "self", link: string, node: RunningNode): string {
  try {
    return readLinkOf(kernel, pid, link) ?? gone(node);
  } catch (error) {
    if (!isErrno(error, "EACCES", "EPERM")) throw error;
    throw new RedpakError({
      code: "E_NOT_PERMITTED",
      exit: EXIT.notPermitted,
      message: `Cannot enter "${node.record.id}": the kernel does not show its namespaces (${error.errno})`,
      errno: error.errno,
      hints: ["a program that has changed its user, or cannot be read, can only be joined by root"],
      cause: error,
    });
  }
}

/** Init makes a time namespace for its children without being in it (time_namespaces(7)). */
function openTime(kernel: Kernel, { pid }: ProcessStat): number | undefined {
  const link = "ns/time_for_children";
  if (readLinkOf(kernel, pid, link) === readLinkOf(kernel, "self", link)) return undefined;
  return kernel.openat(AT_FDCWD, `/proc/${pid}/${link}`, O.RDONLY | O.CLOEXEC, 0);
}

/**
 * The directory of the node's own group, if it has one. Where the hierarchy is not mounted it is "", and opening anything in it
 * fails: no limit is left out.
 */
function findGroup(kernel: Kernel, node: RunningNode): string | undefined {
  const group = findOwnGroup(kernel, node);
  return group === undefined ? undefined : cgroupDirectory(findCgroupTree(kernel), group) ?? "";
}

/** The group's limits hold for whoever enters. */
function openCgroups(kernel: Kernel, group: string | undefined): number[] {
  if (group === undefined) return [];
  return [kernel.openat(AT_FDCWD, `${group}/cgroup.procs`, O.WRONLY | O.NOFOLLOW | O.CLOEXEC, 0)];
}

/** The files that something stands in for where they limit nothing. */
function findLimits(kernel: Kernel, group: string | undefined, { operations }: Plan): string[] {
  if (group === undefined) return [];
  return operations.flatMap((operation) => {
    if (operation.operation !== "rlimit" || operation.unless === "") return [];
    try {
      return readSpecial(`${group}/${operation.unless}`, kernel).trim() === "max" ? [] : [operation.unless];
    } catch (error) {
      if (isErrno(error, "ENOENT")) return [];
      throw error;
    }
  });
}

function gone({ record }: RunningNode): never {
  throw new RedpakError({
    code: "E_NOT_RUNNING",
    exit: EXIT.notFound,
    message: `Cannot enter "${record.id}": it has not begun to run, or has just ended`,
  });
}
