import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { parseMountInfo } from "./mount_info.ts";
import { readOf } from "./process.ts";

/** The cgroup v2 group of a process as cgroups(7) names it; `undefined` where there is no such process or hierarchy. */
export function cgroupPath(kernel: Kernel, pid: number | "self"): string | undefined {
  const line = readOf(kernel, pid, "cgroup")?.split("\n").find((line) => line.startsWith("0::"));
  return line?.slice("0::".length);
}

/** The directory of a v2 group; `undefined` where the hierarchy is not mounted, or only another part of it. */
export function cgroupDirectory(kernel: Kernel, path: string): string | undefined {
  const mount = parseMountInfo(readOf(kernel, "self", "mountinfo") ?? "").find(({ type }) => type === "cgroup2");
  // A mount of a cgroup namespace shows that namespace's root as `/`, and so does /proc.
  return mount?.root === "/" ? mount.mountPoint + (path === "/" ? "" : path) : undefined;
}
