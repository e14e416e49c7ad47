import { quote } from "../core/quote.ts";
import type { MergeContext } from "./merge_context.ts";
import { type EntryRules, listEntries, mergeEntries } from "./merge_entries.ts";
import type { Visit } from "./merge_visit.ts";
import type { Sourced } from "./merged.ts";
import type { CapabilityEntry } from "./schema.ts";

const RULES: EntryRules<CapabilityEntry> = {
  title: ({ cap }) => `capability ${quote(cap)}`,
  agree: (first, second) => first.add === second.add,
  forbids: (ancestor, descendant) =>
    descendant.add && !ancestor.add
      ? {
        code: "E_CAPABILITY_LOOSENED",
        message: `Cannot add capability ${quote(descendant.cap)}: dropped by`,
        hint: "it can be dropped (add: 0) or left out here",
        remedy: { key: "add", text: "0" },
      }
      : undefined,
};

/**
 * A descendant cannot add what an ancestor drops by the same name. `ALL` is a name like others here; at launch it is
 * applied first. Names are spelled in any case in files; here they are in capitals (redpak 2.5: as written).
 */
export function mergeCapabilities(
  visits: readonly Visit[],
  context: Pick<MergeContext, "problems" | "warnings"> & Partial<Pick<MergeContext, "compat">>,
): readonly Sourced<CapabilityEntry>[] {
  const entries = listEntries(visits, ["config", "capabilities"], ({ file }) => file.config.config?.capabilities);
  const merged = mergeEntries(entries.map((entry) => [entry.value.cap.toUpperCase(), entry]), RULES, context);
  const all = [...merged].filter(([name]) => name === "ALL");
  const others = [...merged].filter(([name]) => name !== "ALL").reverse();
  return [...all, ...others].map(([name, entry]): Sourced<CapabilityEntry> => ({
    ...entry,
    value: { ...entry.value, cap: context.compat === true ? entry.value.cap : name },
  }));
}
