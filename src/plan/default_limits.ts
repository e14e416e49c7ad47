import type { Resource } from "../config/resource_limits.ts";
import type { BuildContext } from "./build_context.ts";
import type { Identity } from "./identity.ts";
import { MAX_SIZE } from "./binary_format.ts";
import { isSince } from "./kernel_release.ts";

/**
 * What a launch may use where the configuration says nothing. Its control group keeps it; where there can be none, a limit
 * of its processes stands in, which is weaker.
 */
export interface DefaultLimit {
  /** The file of the control group, and what is written to it. */
  readonly file: string;
  readonly amount: bigint;
  readonly resource: Resource;
}

/** Most processes and threads of one launch: a fork bomb ends there. */
const PROCESSES = 512n;

/** Bytes of memory come in pages; these are the smallest. */
const PAGE = 4096;

/** Half of the memory of the machine that a sealed launcher is started on, in `rlimit`. */
export const HALF_OF_MEMORY = MAX_SIZE - 1n;

/** What is written to the file of a control group. */
export function showAmount(amount: bigint): string {
  return amount === HALF_OF_MEMORY ? "half" : String(amount);
}

/** In pages. @param memory in bytes */
export function halfOf(memory: number): bigint {
  return BigInt(Math.floor(memory / 2 / PAGE) * PAGE);
}

export function chooseDefaults({ merged: { cgroups }, request: { facts, sealed } }: BuildContext): DefaultLimit[] {
  const own = cgroups[0]?.value;
  const isMemoryLimited = cgroups.some(({ value: { mem } }) => mem?.max !== undefined || mem?.high !== undefined);
  const half = sealed === true ? HALF_OF_MEMORY : halfOf(facts.memory);
  return [
    ...own?.pids?.max === undefined ? [{ file: "pids.max", amount: PROCESSES, resource: "nproc" } as const] : [],
    ...isMemoryLimited ? [] : [{ file: "memory.max", amount: half, resource: "data" } as const],
  ];
}

/**
 * What becomes of a launch that runs out of memory, `file=value`: it ends as a whole, rather than without one of its
 * processes, unless its node says otherwise.
 *
 * It is said in the launch's own group whoever's limit it is: so this group has a count of what the kernel has killed in it,
 * and no other (cgroup-v2.rst, "memory.events"), from which the supervisor knows why the node has ended.
 */
export function chooseEnd({ merged: { cgroups } }: BuildContext): string {
  return `memory.oom.group=${cgroups[0]?.value.mem?.oom_group?.trim() ?? "1"}`;
}

/**
 * Whether a limit of processes can stand in. The kernel counts the processes of a user in each user namespace by itself, but
 * only since Linux 5.14; before, and where the node has none of its own, those of others would count.
 */
export function canStandIn(
  { resource }: DefaultLimit,
  { request: { facts } }: BuildContext,
  { maps }: Identity,
): boolean {
  return resource !== "nproc" || maps.uidMaps.length > 0 && isSince(facts.kernel, 5, 14);
}
