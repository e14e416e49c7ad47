import { mountedRoots } from "../../host/mounted_roots.ts";
import { STATE_DIRECTORY } from "../../store/node_files.ts";
import { attempt } from "../attempt.ts";
import { openBelow } from "./directory.ts";
import { type HistoryEntry, readHistory } from "./history.ts";
import { FILES, GENERATIONS, REMOVED_PREFIX, USR } from "./layout.ts";
import { lockSwitch } from "./lock_switch.ts";
import type { TransactionContent } from "./node_content.ts";
import { removeFormer, removeTree } from "./remove_tree.ts";

/** Transactions that can be undone, one after the other. */
export const KEPT = 2;

/** Transactions that are remembered. */
const REMEMBERED = 100;

/**
 * Frees what former transactions have replaced, but for the last ones and for what running nodes still use: a node keeps
 * the `usr` that it was started with.
 *
 * @param kept how many transactions can be undone afterwards
 * @returns the transactions whose content is gone now
 */
export async function collect(content: TransactionContent, kept = KEPT): Promise<HistoryEntry[]> {
  const { state, path, directory: { kernel } } = content;
  const where = `${path}/${STATE_DIRECTORY}/${GENERATIONS}`;
  const unwanted = findUnwanted(readHistory(content), kept).filter(({ record }) =>
    contentOf(content, record.id).length > 0
  );
  if (unwanted.length === 0) return [];
  const freed: HistoryEntry[] = [];
  {
    // INVARIANT: what a launch has taken is mounted before it lets go of the lock.
    using _switch = await lockSwitch(content);
    const roots = attempt("find the users of", where, () => [...mountedRoots(kernel)]);
    for (const entry of unwanted) {
      const { id } = entry.record;
      if (roots.some((root) => `${root}/`.includes(`/${GENERATIONS}/${id}/`))) continue;
      attempt("free", `${where}/${id}`, () => {
        using generation = openBelow(state, `${GENERATIONS}/${id}`);
        for (const name of contentOf(content, id)) generation.rename(name, state, `${REMOVED_PREFIX}${id}-${name}`);
      });
      freed.push(entry);
    }
  }
  for (const { record: { id } } of freed) {
    attempt("free", `${where}/${id}`, () => {
      removeTree(state, `${REMOVED_PREFIX}${id}-${FILES}`);
      removeFormer(state, `${REMOVED_PREFIX}${id}-${USR}`);
    });
  }
  forget(content);
  return freed;
}

/** What can be neither undone nor done again in the steps that are left. */
function findUnwanted(history: readonly HistoryEntry[], kept: number): HistoryEntry[] {
  const current = history.find(({ state }) => state === "current");
  const inEffect = history.filter(({ state }) => state !== "undone");
  const wanted = new Set<HistoryEntry>([
    ...inEffect.slice(0, kept),
    ...history.filter(({ record, state }) => state === "undone" && record.previous === current?.record.id),
  ]);
  return history.filter((entry) => !wanted.has(entry));
}

/** What there is of a generation beside its record. The first of it says that it can be undone, so it goes first. */
function contentOf({ state, path }: TransactionContent, id: string): string[] {
  return attempt("look into", `${path}/${STATE_DIRECTORY}/${GENERATIONS}/${id}`, () => {
    using generation = openBelow(state, `${GENERATIONS}/${id}`);
    return [FILES, USR].filter((name) => generation.findDetails(name) !== undefined);
  });
}

/** Removes the records of transactions of long ago. */
function forget(content: TransactionContent): void {
  const where = `${content.path}/${STATE_DIRECTORY}/${GENERATIONS}`;
  const old = readHistory(content).slice(REMEMBERED).filter(({ isKept }) => !isKept);
  attempt("forget what is in", where, () => {
    using generations = content.state.open(GENERATIONS);
    for (const { record } of old) removeTree(generations, record.id);
  });
}
