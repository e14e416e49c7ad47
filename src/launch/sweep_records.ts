import type { Descriptor } from "../../ffi/libc/descriptor.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { listDirectory } from "../host/list_directory.ts";
import { readStat } from "../host/process.ts";
import { parseRecordName } from "./run_record.ts";

/**
 * How many records a launch looks at. It leaves one at most, when its supervisor is killed; so they become fewer with
 * each launch, and none costs more than these.
 */
const SOME = 4;

/** Removes records whose processes are gone, of a few that each call chooses anew. */
export function sweepSome(kernel: Kernel, directory: Descriptor, pidNamespace: string): void {
  const names = listDirectory(kernel, directory.number);
  const first = Math.floor(Math.random() * names.length);
  for (const name of [...names.slice(first), ...names.slice(0, first)].slice(0, SOME)) {
    if (isStale(kernel, name, pidNamespace)) removeRecord(kernel, directory, name);
  }
}

/** Whether it is the record of a process of this pid namespace that is gone. */
export function isStale(kernel: Kernel, name: string, pidNamespace: string): boolean {
  const process = parseRecordName(name);
  if (process?.pidNamespace !== pidNamespace) return false;
  const stat = readStat(kernel, process.pid);
  return stat?.startTime !== process.startTime || stat.state === "Z";
}

/** Others may be quicker: the supervisor itself, for one. */
export function removeRecord(kernel: Kernel, directory: Descriptor, name: string): void {
  try {
    kernel.unlinkat(directory.number, name, 0);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
}
