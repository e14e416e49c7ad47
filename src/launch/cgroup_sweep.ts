import { AT_FDCWD } from "../../ffi/libc/constants.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { cgroupDirectory, findCgroupTree } from "../host/cgroup_tree.ts";
import type { Plan } from "../plan/plan.ts";
import { namedGroup } from "./cgroup_base.ts";
import { CgroupDirectory, GroupGone } from "./cgroup_directory.ts";

/** Begins the name of a group that is made for one launch. */
export const LAUNCH_PREFIX = "run-";

/** The group of the processes that wait for nodes, where they cannot stay in the base. */
export const SUPERVISOR = "supervisor";

/**
 * Removes the empty groups below a group, those that launches which were killed have left behind. The group of a launch
 * that goes on is locked, so it stays while it is still empty; one with processes stays because the kernel says so.
 */
export function sweep(group: CgroupDirectory): void {
  for (const name of group.subgroups()) {
    try {
      using below = group.open(name);
      if (name.startsWith(LAUNCH_PREFIX) && !below.lock()) continue;
      sweep(below);
      group.remove(name);
    } catch (error) {
      if (!(error instanceof GroupGone)) throw error;
    }
  }
}

/** Removes what is empty of redpak's groups where a launch that was killed has made its own: sealed ones do not sweep. */
export function sweepGroupsOf(kernel: Kernel, { operations }: Plan): void {
  const made = operations.find((operation) => operation.operation === "cgroup" && operation.path.length > 0);
  if (made?.operation !== "cgroup") return;
  const tree = findCgroupTree(kernel);
  const base = made.root === "" ? tree.own : namedGroup(tree, made.root);
  const path = base === undefined ? undefined : cgroupDirectory(tree, base);
  const [name] = made.path;
  if (path === undefined || name === undefined) return;
  try {
    using directory = CgroupDirectory.open(kernel, AT_FDCWD, path);
    using groups = directory.open(name);
    sweep(groups);
    directory.remove(name);
  } catch (error) {
    // They are gone, or somebody else's by now: the next launch there sweeps as well.
    if (!(error instanceof GroupGone || error instanceof SystemCallError)) throw error;
  }
}
