import { libc } from "../../../ffi/libc/libc.ts";
import { escapeText } from "../../core/escape.ts";
import { findLockHolder } from "../../host/lock_holder.ts";
import { type HistoryEntry, readHistory } from "../../packages/generation/history.ts";
import { openContent, openLockedContent, withState } from "../../packages/generation/node_content.ts";
import { recover } from "../../packages/generation/recover.ts";
import { findRedoable, findUndoable, redo, undo as undoContent } from "../../packages/generation/undo.ts";
import { nodesAbove } from "../../store/load_family.ts";
import { realDirectory } from "../../store/load_node.ts";
import { awaitFamilyLock } from "../../store/lock_node.ts";
import { confirm } from "../confirm.ts";
import type { Invocation, Output } from "../invocation.ts";
import { describeKept } from "../kept_paths.ts";
import { readWait } from "../read_wait.ts";
import { resolveNode } from "../resolve_node.ts";

/** `redpak undo`. */
export async function undo({ flags, operands, globals }: Invocation<"undo">): Promise<Output> {
  const wait = readWait(flags.wait);
  const path = realDirectory(await resolveNode(operands[0] ?? "", globals.root));
  const find = flags.redo ? findRedoable : findUndoable;
  const action = flags.redo ? "redo" : "undo";
  if (flags["dry-run"]) {
    using content = openContent(libc(), path);
    return describe(action, path, find(readHistory(content), path), true, true);
  }
  using lock = await awaitFamilyLock(nodesAbove(path), path, { wait, findHolder: findLockHolder });
  using opened = openLockedContent(libc(), path, lock);
  await recover(opened);
  const entry = find(readHistory(opened), path);
  const question = `${flags.redo ? "Redo" : "Undo"} transaction ${entry.record.sequence} (${
    escapeText(entry.record.command.join(" "))
  }) in ${escapeText(path)}?`;
  if (!globals.yes && !confirm(question, "--yes does it without asking")) {
    return describe(action, path, entry, false, false);
  }
  using content = withState(opened);
  const { kept } = await (flags.redo ? redo : undoContent)(content);
  return { ...describe(action, path, entry, false, true), warnings: describeKept(kept) };
}

const PAST = { undo: "undid", redo: "redid" } as const;

function describe(
  action: keyof typeof PAST,
  node: string,
  entry: HistoryEntry,
  dryRun: boolean,
  changed: boolean,
): Output {
  const { sequence, command } = entry.record;
  const verb = dryRun ? `would ${action}` : changed ? PAST[action] : "kept";
  return {
    kind: "Change",
    data: { action, node, dryRun, changed, transaction: sequence },
    text: () => `${verb} transaction ${sequence} (${escapeText(command.join(" "))}) in ${escapeText(node)}`,
  };
}
