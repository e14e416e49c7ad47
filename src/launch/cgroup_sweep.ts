import type { CgroupDirectory } from "./cgroup_directory.ts";
import { GroupGone } from "./cgroup_directory.ts";

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
