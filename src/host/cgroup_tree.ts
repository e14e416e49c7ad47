import { libc } from "../../ffi/libc/libc.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { isWithin, normalizePath } from "../core/path.ts";
import { parseMountInfo } from "./mount_info.ts";
import { readSpecial } from "./read_special.ts";

/** The version 2 tree of control groups, as this process sees it, cgroups(7). */
export interface CgroupTree {
  /** Where it is mounted, and the group that is mounted there; absent where it is not. */
  readonly mount?: { readonly mountPoint: string; readonly root: string };
  /** The group of this process; absent in a machine without version 2. */
  readonly own?: string;
  /** Controllers that are in use by version 1, and so not to be had in version 2. */
  readonly version1: ReadonlySet<string>;
}

/** Throws SystemCallError. */
export function findCgroupTree(kernel: Kernel = libc()): CgroupTree {
  return parseCgroupTree(readSpecial("/proc/self/cgroup", kernel), readSpecial("/proc/self/mountinfo", kernel));
}

/** From the texts of /proc/PID/cgroup and /proc/PID/mountinfo. */
export function parseCgroupTree(groups: string, mountInfo: string): CgroupTree {
  const lines = groups.split("\n").map((line) => /^(\d+):([^:]*):(\/.*)$/.exec(line)).filter((match) => match !== null);
  const own = lines.find(([, number, controllers]) => number === "0" && controllers === "")?.[3];
  const mount = parseMountInfo(mountInfo).find(({ type }) => type === "cgroup2");
  return {
    ...mount && { mount: { mountPoint: mount.mountPoint, root: mount.root } },
    ...own !== undefined && { own },
    version1: new Set(lines.flatMap(([, , controllers = ""]) => controllers.split(",")).filter((name) => name !== "")),
  };
}

/** The directory of a group; undefined where the group is not below what is mounted. */
export function cgroupDirectory({ mount }: CgroupTree, group: string): string | undefined {
  if (mount === undefined || group.includes("/../") || group.endsWith("/..")) return undefined;
  if (!isWithin(group, mount.root)) return undefined;
  return normalizePath(`${mount.mountPoint}/${mount.root === "/" ? group : group.slice(mount.root.length)}`);
}
