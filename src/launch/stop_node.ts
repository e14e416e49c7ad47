import { SIGCONT, SIGKILL, SIGTERM } from "../../ffi/libc/constants.ts";
import type { Descriptor } from "../../ffi/libc/descriptor.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { RedpakError } from "../core/error.ts";
import { openProcess, type ProcessStat, readOf, waitForEnd } from "../host/process.ts";
import { attemptLive } from "./live_error.ts";
import { findProcesses, type RunningNode } from "./running_nodes.ts";

/** How a node has come to its end. */
export type StopResult = "ended" | "killed";

/** Milliseconds that the kernel may take for processes that have been killed. */
const KILL_TIME = 10_000;

/**
 * Ends a running node: asks its program by SIGTERM, which the supervisor forwards, and kills it when it has not ended in
 * time. Processes are named by descriptors only, so nobody else can be hit, whatever becomes of the pids.
 *
 * To PID 1 a signal that it does nothing about is none, pid_namespaces(7): then it is killed at once, as the signal would have
 * killed any other process.
 *
 * @param grace milliseconds that the program has
 * @throws {RedpakError} `E_NOT_PERMITTED`; `E_STOP` when not even killing helps
 */
export function stopNode(kernel: Kernel, node: RunningNode, grace: number): StopResult {
  const { id } = node.record;
  return attemptLive({ verb: "stop node", object: id }, () => {
    using process = open(kernel, node.process);
    if (process === undefined) return "ended";
    // What has no supervisor is asked itself; init has no ear for it, so its program is.
    using asked = node.record.process.role === "init" ? open(kernel, node.program) : undefined;
    if (node.process !== node.program || minds(kernel, node.process)) {
      send(kernel, asked ?? process, SIGTERM);
      // It may have been stopped: SIGSTOP to a launcher must not keep its node alive.
      send(kernel, asked ?? process, SIGCONT);
      if (waitForEnd(kernel, process, grace)) return "ended";
    }

    using victim = openVictim(kernel, node);
    send(kernel, victim ?? process, SIGKILL);
    send(kernel, process, SIGCONT);
    if (waitForEnd(kernel, process, KILL_TIME)) return "killed";
    throw new RedpakError({
      code: "E_STOP",
      message: `Cannot stop node "${id}": ${KILL_TIME / 1000} s after SIGKILL process ${node.process.pid} still waits`,
      hints: [`a process may hang in the kernel: ps -o pid,stat,wchan,cmd --ppid ${node.init?.pid ?? 0}`],
    });
  });
}

/**
 * Whose end is the end of all: PID 1 of a pid namespace; in a shared one the program, for init has to live to end what
 * the program has left behind. The node may have come so far only meanwhile.
 */
function openVictim(kernel: Kernel, node: RunningNode): Descriptor | undefined {
  const { init, program } = findProcesses(kernel, node.record) ?? {};
  if (init === undefined) return undefined;
  // Its pid here, and in each namespace further inside (proc_pid_status(5)).
  const isShared = !/^NSpid:\t\d+\t\d/m.test(readOf(kernel, init.pid, "status") ?? "");
  return open(kernel, isShared ? program : init);
}

/** Whether a process handles SIGTERM, or has it kept for itself to read (proc_pid_status(5)). */
function minds(kernel: Kernel, { pid }: ProcessStat): boolean {
  const status = readOf(kernel, pid, "status") ?? "";
  return ["SigCgt", "SigBlk"].some((field) => {
    const signals = BigInt(`0x${new RegExp(`^${field}:\\t([0-9a-f]+)$`, "m").exec(status)?.[1] ?? "0"}`);
    return (signals >> BigInt(SIGTERM - 1) & 1n) === 1n;
  });
}

function open(kernel: Kernel, stat: ProcessStat | undefined): Descriptor | undefined {
  return stat === undefined ? undefined : openProcess(kernel, stat.pid, stat.startTime);
}

function send(kernel: Kernel, process: Descriptor, signal: number): void {
  try {
    kernel.pidfd_send_signal(process.number, signal, null, 0);
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
}
