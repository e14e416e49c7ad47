import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { attemptAsync } from "../attempt.ts";
import type { Kept } from "./apply_operation.ts";
import { decide } from "./carry_out.ts";
import { type HistoryEntry, readHistory } from "./history.ts";
import { GENERATIONS } from "./layout.ts";
import { lockSwitch } from "./lock_switch.ts";
import type { TransactionContent } from "./node_content.ts";

export interface Undone {
  readonly entry: HistoryEntry;
  /** What was left as others have made it since. */
  readonly kept: readonly Kept[];
}

/**
 * Takes the last transaction that is in effect back: `usr` becomes the one that it replaced, and so does everything else
 * that nobody has changed since.
 *
 * @throws {RedpakError} `E_NOTHING_TO_UNDO`; as `commit`
 */
export async function undo(content: TransactionContent): Promise<Undone> {
  return await move(content, findUndoable(readHistory(content), content.path), "before");
}

/** The transaction that `undo` takes back. */
export function findUndoable(history: readonly HistoryEntry[], node: string): HistoryEntry {
  const entry = history.find(({ state }) => state === "current");
  if (entry === undefined) throw nothing("undo", node, "no transaction has made what it shows");
  if (!entry.isKept) {
    throw nothing("undo", node, `what transaction ${entry.record.sequence} replaced is no longer kept`);
  }
  return entry;
}

/**
 * Does again what was undone last.
 *
 * @throws {RedpakError} `E_NOTHING_TO_UNDO`; as `commit`
 */
export async function redo(content: TransactionContent): Promise<Undone> {
  return await move(content, findRedoable(readHistory(content), content.path), "after");
}

/** The transaction that `redo` does again: the latest one that followed the current one. */
export function findRedoable(history: readonly HistoryEntry[], node: string): HistoryEntry {
  const current = history.find(({ state }) => state === "current");
  const entry = history.find(({ record, state, isKept }) =>
    state === "undone" && isKept && record.previous === current?.record.id
  );
  if (entry === undefined) throw nothing("redo", node, "nothing has been undone, or something was done since");
  return entry;
}

async function move(content: TransactionContent, entry: HistoryEntry, to: "before" | "after"): Promise<Undone> {
  const { id } = entry.record;
  return await attemptAsync(
    to === "before" ? "undo a transaction in" : "redo a transaction in",
    content.path,
    async () => {
      using _switch = await lockSwitch(content);
      return { entry, kept: decide(content, { id, directory: `${GENERATIONS}/${id}`, to }, entry.record) };
    },
  );
}

function nothing(verb: string, node: string, reason: string): RedpakError {
  return new RedpakError({
    code: "E_NOTHING_TO_UNDO",
    exit: EXIT.notFound,
    message: `Cannot ${verb} a transaction in "${node}": ${reason}`,
    hints: [`redpak history ${node} lists the transactions`],
  });
}
