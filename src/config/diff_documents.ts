import type { Position } from "../core/error.ts";
import { normalizePath } from "../core/path.ts";
import type { Plain } from "./merged_document.ts";

/** A merged configuration as one file would state it, and where the value at a path of keys and indexes comes from. */
export interface ConfigState {
  readonly document: { readonly [key: string]: Plain };
  readonly places: (path: readonly (string | number)[]) => readonly Position[];
}

export interface Difference {
  readonly kind: "added" | "removed" | "changed";
  readonly section: string;
  /** The mount of an export, the name of a variable or capability, the key of any other value. */
  readonly name: string;
  /** `null` where there is none. */
  readonly before: string | null;
  readonly after: string | null;
  readonly beforeAt: readonly Position[];
  readonly afterAt: readonly Position[];
}

interface Item {
  readonly section: string;
  readonly name: string;
  readonly text: string;
  readonly at: readonly Position[];
}

/** What entries of lists go by. */
const LISTS: Readonly<Record<string, { readonly key: string; readonly identify: (name: string) => string }>> = {
  exports: { key: "mount", identify: (mount) => mount.startsWith("/") ? normalizePath(mount) : mount },
  environ: { key: "key", identify: (name) => name },
  devices: { key: "path", identify: (path) => path },
  capabilities: { key: "cap", identify: (name) => name.toUpperCase().replace(/^(?!CAP_|ALL$)/, "CAP_") },
};

/**
 * What differs between two merged configurations, in the order of the first, then of the second. Headers are left out:
 * they say who a node is, not what it gets. The order of entries has no meaning, that of a search path has.
 */
export function diffDocuments(before: ConfigState, after: ConfigState): Difference[] {
  const old = listItems(before);
  const now = listItems(after);
  const pairs = [...new Set([...old.keys(), ...now.keys()])].map((id) => [old.get(id), now.get(id)] as const);
  return pairs.flatMap(([mine, theirs]): Difference[] => {
    const item = mine ?? theirs;
    if (item === undefined || mine?.text === theirs?.text) return [];
    return [{
      kind: mine === undefined ? "added" : theirs === undefined ? "removed" : "changed",
      section: item.section,
      name: item.name,
      before: mine?.text ?? null,
      after: theirs?.text ?? null,
      beforeAt: mine?.at ?? [],
      afterAt: theirs?.at ?? [],
    }];
  });
}

function listItems({ document, places }: ConfigState): ReadonlyMap<string, Item> {
  const items = new Map<string, Item>();
  const add = (item: Item) => items.set(JSON.stringify([item.section, item.name]), item);
  const visit = (value: Plain, path: readonly string[]): void => {
    const section = path[0] ?? "";
    const list = LISTS[path.at(-1) ?? ""];
    if (Array.isArray(value) && list !== undefined) {
      (value as readonly Record<string, Plain>[]).forEach((entry, index) => {
        const { [list.key]: name, ...rest } = entry;
        const at = places([...path, index, list.key]);
        add({ section: path.at(-1) ?? "", name: list.identify(String(name)), text: entryText(rest), at });
      });
    } else if (typeof value === "object") {
      Object.entries(value).forEach(([key, item]) => visit(item, [...path, key]));
    } else add({ section, name: path.slice(1).join("."), text: String(value), at: places(path) });
  };
  const { headers: _, ...effective } = document;
  visit(effective, []);
  return items;
}

function entryText(entry: Readonly<Record<string, Plain>>): string {
  return Object.entries(entry).map(([key, value]) => `${key}=${String(value)}`).sort().join(" ");
}
