import { AT_FDCWD, POLLIN } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { readSpecial } from "./read_special.ts";

/** What proc_pid_stat(5) says about a process; times in ticks of which a second has 100. */
export interface ProcessStat {
  readonly pid: number;
  /** At most 15 bytes, which the process can change at will. */
  readonly command: string;
  /** `R`, `S`, `D`, `Z` and so on. */
  readonly state: string;
  readonly parent: number;
  /** Processor time in user and in kernel mode. */
  readonly cpuTicks: number;
  readonly nice: number;
  readonly threads: number;
  /** When it began, since the machine did: together with the pid it names a process for good. */
  readonly startTime: number;
}

export const TICKS_PER_SECOND = 100;

/** The command may contain anything, parentheses and spaces too: it ends at the last parenthesis. */
export function parseStat(text: string): ProcessStat {
  const [open, close] = [text.indexOf("("), text.lastIndexOf(")")];
  const fields = text.slice(close + 2).trim().split(" ");
  // The first of them is the third of the manual page.
  const number = (field: number) => Number(fields[field - 3]);
  return {
    pid: parseInt(text, 10),
    command: text.slice(open + 1, close),
    state: fields[0] ?? "",
    parent: number(4),
    cpuTicks: number(14) + number(15),
    nice: number(19),
    threads: number(20),
    startTime: number(22),
  };
}

/** `undefined` for a process that does not exist; one that is dead and not yet waited for is in the state `Z`. */
export function readStat(kernel: Kernel, pid: number | "self"): ProcessStat | undefined {
  const text = readOf(kernel, pid, "stat");
  return text === undefined ? undefined : parseStat(text);
}

/** A file of a process's directory in /proc; `undefined` when the process does not exist. */
export function readOf(kernel: Kernel, pid: number | "self", file: string): string | undefined {
  try {
    return readSpecial(`/proc/${pid}/${file}`, kernel);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH")) return undefined;
    throw error;
  }
}

/** Children of a process with one thread, the oldest first. */
export function readChildren(kernel: Kernel, pid: number): number[] {
  const text = readOf(kernel, pid, `task/${pid}/children`) ?? "";
  return text.split(" ").filter((word) => word !== "").map(Number);
}

/** Where a link of a process's directory in /proc leads, such as `ns/net`; `undefined` when there is no such process. */
export function readLinkOf(kernel: Kernel, pid: number | "self", link: string): string | undefined {
  const buffer = new Uint8Array(4096);
  try {
    const length = kernel.readlinkat(AT_FDCWD, `/proc/${pid}/${link}`, buffer, buffer.length);
    return new TextDecoder().decode(buffer.subarray(0, length));
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH")) return undefined;
    throw error;
  }
}

/**
 * A descriptor that stands for one process as long as it is open, even when its pid goes to another one. `undefined`
 * when the process that began then is gone.
 *
 * @param startTime of the process that is meant: it must have existed before this call
 */
export function openProcess(kernel: Kernel, pid: number, startTime: number): Descriptor | undefined {
  let process: Descriptor;
  try {
    process = new Descriptor(kernel, kernel.pidfd_open(pid, 0));
  } catch (error) {
    if (isErrno(error, "ESRCH")) return undefined;
    throw error;
  }
  // INVARIANT: after opening. The pid belongs to the process that is meant, so it has since before that.
  const stat = readStat(kernel, pid);
  if (stat?.startTime === startTime && stat.state !== "Z") return process;
  process[Symbol.dispose]();
  return undefined;
}

/** Waits until a process ends, at most for so many milliseconds; returns whether it has. */
export function waitForEnd(kernel: Kernel, process: Descriptor, milliseconds: number): boolean {
  const poll = new DataView(new ArrayBuffer(8));
  poll.setInt32(0, process.number, true);
  poll.setInt16(4, POLLIN, true);
  const timeout = { tv_sec: Math.floor(milliseconds / 1000), tv_nsec: (milliseconds % 1000) * 1_000_000 };
  return kernel.ppoll(new Uint8Array(poll.buffer), 1, timeout, null) > 0;
}
