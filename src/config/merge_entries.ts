import { formatPosition, type Position } from "../core/error.ts";
import type { KeyPath } from "../core/fix.ts";
import type { MergeContext } from "./merge_context.ts";
import { relate, type Visit } from "./merge_visit.ts";
import type { Sourced } from "./merged.ts";
import { setInFile } from "./set_in_file.ts";

/** An entry of a list, on its way through the merge. */
export interface Entry<T> extends Sourced<T> {
  readonly path: KeyPath;
  /** Where one of its keys stands. */
  readonly at: (key: keyof T & string) => Position;
}

interface Refusal {
  readonly code: string;
  /** Up to the ancestor's position, which ends it. */
  readonly message: string;
  /** What would be allowed. */
  readonly hint: string;
  /** The key whose text would be allowed. */
  readonly remedy: { readonly key: string; readonly text: string };
}

/** What entries of a list can say about each other. */
export interface EntryRules<T> {
  /** The entry as messages call it. */
  readonly title: (entry: T) => string;
  /** Whether two entries of one file for the same thing can be read as one. */
  readonly agree: (first: T, second: T) => boolean;
  /** Whether an ancestor's entry forbids the descendant's. */
  readonly forbids?: (ancestor: T, descendant: T) => Refusal | undefined;
}

/** The entries of a list in the files' order, each with its place. */
export function listEntries<T>(
  visits: readonly Visit[],
  path: readonly string[],
  list: (visit: Visit) => readonly T[] | undefined,
): Entry<T>[] {
  return visits.flatMap((visit) =>
    (list(visit) ?? []).map((value, index): Entry<T> => ({
      value,
      node: visit.node,
      part: visit.part,
      where: visit.file.locate([...path, index]),
      path: [...path, index],
      at: (key) => visit.file.locate([...path, index, key]),
    }))
  );
}

/**
 * Keeps one entry for each identity: the nearest, unless an ancestor's admin file overrules a normal one. The result
 * is in the order of discovery, an overruling entry taking the place of the overruled.
 */
export function mergeEntries<T extends { readonly warn?: string | undefined }>(
  entries: Iterable<readonly [identity: string, entry: Entry<T>]>,
  rules: EntryRules<T>,
  context: Pick<MergeContext, "problems" | "warnings">,
): Map<string, Entry<T>> {
  const result = new Map<string, Entry<T>>();
  for (const [identity, met] of entries) {
    const kept = result.get(identity);
    const relation = kept === undefined ? "overrules" : relate(kept, met);
    if (kept === undefined || relation === "overrules") result.set(identity, met);
    else if (relation === "duplicate") noteDuplicate(kept, met, rules, context);
    else if (relation === "redefined") noteRedefinition(kept, met, rules, context);
  }
  return result;
}

function noteDuplicate<T>(
  kept: Entry<T>,
  met: Entry<T>,
  rules: EntryRules<T>,
  context: Pick<MergeContext, "problems" | "warnings">,
): void {
  const title = rules.title(met.value);
  const first = formatPosition(kept.where);
  if (rules.agree(kept.value, met.value)) {
    context.warnings.push({
      code: "W_DEFINED_TWICE",
      message: `${title} is defined twice; ${first} counts`,
      where: met.where,
    });
  } else {
    context.problems.push({
      code: "E_DEFINED_TWICE",
      message: `Cannot define ${title} twice: ${first} differs`,
      where: met.where,
      hints: ["keep one of the two"],
    });
  }
}

function noteRedefinition<T extends { readonly warn?: string | undefined }>(
  descendant: Entry<T>,
  ancestor: Entry<T>,
  rules: EntryRules<T>,
  context: Pick<MergeContext, "problems" | "warnings">,
): void {
  const forbidden = rules.forbids?.(ancestor.value, descendant.value);
  if (forbidden !== undefined) {
    context.problems.push({
      code: forbidden.code,
      message: `${forbidden.message} ${formatPosition(ancestor.where)}`,
      where: descendant.where,
      hints: [forbidden.hint],
      fix: setInFile(descendant, [...descendant.path, forbidden.remedy.key], forbidden.remedy.text),
    });
  } else if (ancestor.value.warn !== undefined) {
    context.warnings.push({
      code: "W_REDEFINED",
      message: `${rules.title(descendant.value)} redefines ${formatPosition(ancestor.where)}: ${ancestor.value.warn}`,
      where: descendant.where,
    });
  }
}
