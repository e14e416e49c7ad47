import { quote } from "../core/quote.ts";
import { compareUtf8 } from "./_utf8.ts";
import type { DeviceEntry } from "./device.ts";
import type { MergeContext } from "./merge_context.ts";
import { type EntryRules, listEntries, mergeEntries } from "./merge_entries.ts";
import type { Visit } from "./merge_visit.ts";
import type { Sourced } from "./merged.ts";

const RULES: EntryRules<DeviceEntry> = {
  title: ({ path }) => `device ${quote(path)}`,
  agree: (first, second) => first.access === second.access && first.optional === second.optional,
};

/** The devices by path, each as the nearest file has it; those that a node takes away from itself stay, with `none`. */
export function mergeDevices(
  visits: readonly Visit[],
  context: Pick<MergeContext, "problems" | "warnings">,
): readonly Sourced<DeviceEntry>[] {
  const entries = listEntries(visits, ["config", "devices"], ({ file }) => file.config.config?.devices);
  const merged = mergeEntries(entries.map((entry) => [entry.value.path, entry]), RULES, context);
  return [...merged.values()].sort((a, b) => compareUtf8(a.value.path, b.value.path));
}
