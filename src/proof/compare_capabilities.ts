import type { Sourced } from "../config/merged.ts";
import type { CapabilityEntry } from "../config/schema.ts";
import { setInFile } from "../config/set_in_file.ts";
import { formatPosition, type Position, type Problem } from "../core/error.ts";
import type { Fix } from "../core/fix.ts";
import { CAPABILITIES, type Capability } from "../plan/operation.ts";
import type { Comparison, Effective } from "./effective.ts";

/** Subset of the ancestor's set, `ALL` expanded on both sides. One finding for each line of the child. */
export function compareCapabilities({ child, ancestor }: Comparison): Problem[] {
  const lines = new Map<Sourced<CapabilityEntry>, Capability[]>();
  for (const capability of CAPABILITIES) {
    if (!child.capabilities.has(capability) || ancestor.capabilities.has(capability)) continue;
    const line = decisive(child, capability);
    if (line !== undefined) lines.set(line, [...lines.get(line) ?? [], capability]);
  }
  return [...lines].map(([line, [first = line.value.cap, ...others]]) => ({
    code: "E_LOOSENED_CAPABILITY",
    message: line.value.cap.toUpperCase() === "ALL"
      ? `Cannot add ALL capabilities: ${listed(first, others)} not granted by ${formatPosition(place(ancestor, first))}`
      : `Cannot add capability "${first}": not granted by ${formatPosition(place(ancestor, first))}`,
    where: line.where,
    limit: place(ancestor, first as Capability),
    hints: [allowed(ancestor)],
    fix: drop(line, ancestor),
  }));
}

/** What of `ALL` is to be kept is nothing to guess, unless it is nothing. */
function drop(line: Sourced<CapabilityEntry>, ancestor: Effective): Fix | undefined {
  if (line.path === undefined || (line.value.cap === "ALL" && ancestor.capabilities.size > 0)) return undefined;
  return setInFile(line, [...line.path, "add"], "0");
}

const PREFIX = "CAP_";

/** The line that decides about a capability: the last that names it, else that of `ALL`. */
function decisive({ merged }: Effective, capability: string): Sourced<CapabilityEntry> | undefined {
  const last = (...names: string[]) => {
    return merged.capabilities.findLast(({ value: { cap } }) => names.includes(cap.toUpperCase()));
  };
  return last(capability, capability.slice(PREFIX.length)) ?? last("ALL");
}

function place(effective: Effective, capability: string): Position {
  return decisive(effective, capability)?.where ?? effective.merged.leaf.normal.locate(["config", "capabilities"]);
}

function listed(first: string, others: readonly string[]): string {
  if (others.length === 0) return `${first} is`;
  return `${first} and ${others.length} other${others.length === 1 ? "" : "s"} are`;
}

function allowed({ capabilities }: Effective): string {
  if (capabilities.size === 0) return "no capability can be added here";
  const names = CAPABILITIES.filter((name) => capabilities.has(name));
  return capabilities.size > 8
    ? `all but ${CAPABILITIES.filter((name) => !capabilities.has(name)).join(", ")} can be added here`
    : `${names.join(", ")} can be added here`;
}
