import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { cgroupPath } from "../host/cgroup.ts";
import { LAUNCH_PREFIX } from "./cgroup_sweep.ts";
import type { RunningNode } from "./running_nodes.ts";

/** The control group of the node alone, if it has one: its supervisor is not in it. Without one, its name tells. */
export function findOwnGroup(kernel: Kernel, { supervisor, init }: RunningNode): string | undefined {
  const group = init === undefined ? undefined : cgroupPath(kernel, init.pid);
  if (group === undefined) return undefined;
  const isOwn = supervisor === undefined
    ? NAME.test(group) && group !== cgroupPath(kernel, "self")
    : group !== cgroupPath(kernel, supervisor.pid);
  return isOwn ? group : undefined;
}

/** That of a node, src/plan/cgroup_names.ts, and in it that of the launch. */
const NAME = new RegExp(`/node-[^/]+/${LAUNCH_PREFIX}\\d`);
