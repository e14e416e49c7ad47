import { O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { readLinkOf, readStat } from "../host/process.ts";
import { readSpecial } from "../host/read_special.ts";
import { writeAll } from "../host/write_all.ts";
import { attemptLive } from "./live_error.ts";
import { openRunDirectory } from "./run_directory.ts";
import { encodeRecord, recordName, runId, type RunRecord } from "./run_record.ts";
import { sweepSome } from "./sweep_records.ts";

/** The record of this launch. Disposed of, it is removed: the launch has failed. */
export interface LaunchRecord extends Disposable {
  readonly directory: number;
  readonly name: string;
}

/**
 * Writes down that this process becomes the supervisor of a node: it keeps its pid and start time. It appears in one
 * step, complete.
 *
 * @param path the directory of records
 * @throws {RedpakError} when it cannot be written
 */
export function recordLaunch(
  kernel: Kernel,
  { plan, basis }: Pick<RunRecord, "plan" | "basis">,
  path: string,
): LaunchRecord {
  return attemptLive({ verb: "write a record in", object: path }, () => {
    const stat = readStat(kernel, "self");
    const pidNamespace = readLinkOf(kernel, "self", "ns/pid");
    if (stat === undefined || pidNamespace === undefined) throw new Error("/proc has no entry for this process");
    const { pid, startTime } = stat;
    const process = { role: "supervisor", pidNamespace, pid, startTime } as const;
    const bootId = readSpecial("/proc/sys/kernel/random/boot_id", kernel).trim();
    const { node, alias, admin } = plan;
    const record = { id: runId(alias, pid), process, bootId, startedAt: Date.now(), node, alias, admin, basis, plan };

    const directory = openRunDirectory(kernel, path, true)!;
    const name = recordName(process);
    const remove = (file: string) => {
      kernel.unlinkat(directory.number, file, 0);
      directory[Symbol.dispose]();
    };
    sweepSome(kernel, directory, pidNamespace);
    const unfinished = `.${name}`;
    {
      const flags = O.WRONLY | O.CREAT | O.EXCL | O.CLOEXEC;
      using file = new Descriptor(kernel, kernel.openat(directory.number, unfinished, flags, 0o600));
      try {
        writeAll(kernel, file.number, encodeRecord(record));
        kernel.renameat(directory.number, unfinished, directory.number, name);
      } catch (error) {
        remove(unfinished);
        throw error;
      }
    }
    return {
      directory: directory.number,
      name,
      [Symbol.dispose]() {
        try {
          remove(name);
        } catch (error) {
          // What has failed before is what counts; a record without its process is removed by whoever finds it.
          if (!(error instanceof SystemCallError)) throw error;
        }
      },
    };
  });
}
