import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { readOf } from "./process.ts";

/** The cgroup v2 group of a process as cgroups(7) names it; `undefined` where there is no such process or hierarchy. */
export function cgroupPath(kernel: Kernel, pid: number | "self"): string | undefined {
  const line = readOf(kernel, pid, "cgroup")?.split("\n").find((line) => line.startsWith("0::"));
  return line?.slice("0::".length);
}
