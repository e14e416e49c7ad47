import { AT_FDCWD, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { deviceNumber } from "../../ffi/libc/file_status.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import type { ProcessStat } from "../host/process.ts";
import { walk } from "../host/walk.ts";
import type { LiveDevice } from "../plan/live_node.ts";
import type { Plan } from "../plan/plan.ts";

/** The devices of a configuration as its node and the host have them now, by their place in the node. */
export function observeDevices(
  kernel: Kernel,
  { operations }: Plan,
  processes: readonly ProcessStat[],
): ReadonlyMap<string, LiveDevice> {
  return new Map(operations.flatMap((operation) => {
    const isDevice = operation.operation === "device" || operation.operation === "bind" && operation.isDevice;
    if (!isDevice || !("path" in operation.source)) return [];
    const { source: { path }, destination } = operation;
    const inNode = processes.map(({ pid }) => look(kernel, () => openInside(kernel, pid, destination)));
    return [
      [destination, {
        expected: look(kernel, () => kernel.openat(AT_FDCWD, path, O.PATH | O.CLOEXEC, 0)),
        found: inNode.find((text) => text !== undefined),
      }] as const,
    ];
  }));
}

/** INVARIANT: O_PATH, for to open a device can do something to it; and no link of the node's leads out of its root. */
function openInside(kernel: Kernel, pid: number, path: string): number {
  const flags = O.PATH | O.DIRECTORY | O.CLOEXEC;
  using root = new Descriptor(kernel, kernel.openat(AT_FDCWD, `/proc/${pid}/root`, flags, 0));
  return walk(kernel, root.number, path, { follow: () => {} }).release();
}

function look(kernel: Kernel, open: () => number): string | undefined {
  try {
    using file = new Descriptor(kernel, open());
    const number = deviceNumber(kernel, file.number);
    return number === undefined ? "no device" : `${number.kind} ${number.major}:${number.minor}`;
  } catch (error) {
    if (error instanceof SystemCallError) return undefined;
    throw error;
  }
}
