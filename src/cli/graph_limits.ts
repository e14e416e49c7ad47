import { parseBytes } from "../config/byte_size.ts";
import { locateLimit } from "../config/merge_cgroups.ts";
import type { MergedConfig } from "../config/merged.ts";
import { type Resource, type ResourceLimit, RESOURCES, UNLIMITED } from "../config/resource_limits.ts";
import type { Position } from "../core/error.ts";
import { CGROUP_FILES, type CgroupFile, type Controller } from "../plan/cgroup_files.ts";
import { SIZE } from "../plan/cgroup_values.ts";
import type { GraphLimit } from "../view/graph/graph.ts";
import { formatBytes } from "../view/quantity.ts";
import type { PlannedNode } from "./verify_node.ts";

/** What bounds a node: limits of its own, those of the nodes that it is in, and what holds where nothing is said. */
export function limitsOf(planned: PlannedNode | undefined): GraphLimit[] {
  if (planned === undefined) return [];
  const { merged, plan } = planned;
  const launch = plan.operations.find((one) => one.operation === "enter-cgroup");
  const defaults = (launch?.settings ?? []).flatMap((setting): GraphLimit[] => {
    const [name = "", amount = ""] = setting.split("=");
    // What the memory of the machine is, that shows this, says nothing about the device.
    const value = name === "memory.max" ? "half of the machine's memory" : amount;
    return name === "memory.oom.group" ? [] : [{ name, value, by: null, where: null }];
  });
  return [...groupLimits(merged), ...defaults, ...resourceLimits(planned)];
}

function groupLimits({ cgroups }: MergedConfig): GraphLimit[] {
  return cgroups.flatMap((source) =>
    (Object.keys(CGROUP_FILES) as Controller[]).flatMap((controller) => {
      const values: Readonly<Record<string, string | undefined>> = source.value[controller] ?? {};
      return Object.entries<CgroupFile>(CGROUP_FILES[controller]).flatMap(([key, { file, kind }]): GraphLimit[] => {
        const value = values[key]?.trim();
        if (value === undefined) return [];
        const bytes = kind === SIZE ? parseBytes(value) : undefined;
        const { where } = locateLimit(source, controller, key);
        return [{
          name: file,
          value: bytes === undefined ? value : formatBytes(Number(bytes)),
          by: source.node.path,
          where,
        }];
      });
    })
  );
}

function resourceLimits({ merged, plan }: PlannedNode): GraphLimit[] {
  return plan.operations.flatMap((operation): GraphLimit[] => {
    if (operation.operation !== "rlimit" || operation.unless !== "") return [];
    const resource = RESOURCES[operation.resource];
    if (resource === undefined) return [];
    const said = merged.rlimits[resource];
    const where: Position | null = said?.where ?? null;
    return [{ name: `rlimit ${resource}`, value: showLimit(resource, operation), by: said?.node.path ?? null, where }];
  });
}

const BYTES: readonly Resource[] = ["fsize", "data", "stack", "core", "rss", "memlock", "as", "msgqueue"];
const UNITS: Readonly<Partial<Record<Resource, string>>> = { cpu: " s", rttime: " µs" };

function showLimit(resource: Resource, { soft, hard }: ResourceLimit): string {
  const show = (value: bigint) =>
    value === UNLIMITED
      ? "unlimited"
      : BYTES.includes(resource)
      ? formatBytes(Number(value))
      : `${value}${UNITS[resource] ?? ""}`;
  return soft === hard ? show(soft) : hard === UNLIMITED ? show(soft) : `${show(soft)}, hard ${show(hard)}`;
}
