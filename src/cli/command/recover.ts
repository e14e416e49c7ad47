import { libc } from "../../../ffi/libc/libc.ts";
import { escapeText } from "../../core/escape.ts";
import { findLockHolder } from "../../host/lock_holder.ts";
import { openContent, openLockedContent, readIntent } from "../../packages/generation/node_content.ts";
import { recover as recoverContent } from "../../packages/generation/recover.ts";
import { awaitNodeLock } from "../../store/lock_node.ts";
import { nodeDirectory } from "../../store/node_path.ts";
import type { Invocation, Output } from "../invocation.ts";
import { describeKept } from "../kept_paths.ts";
import { resolveNode } from "../resolve_node.ts";
import { readWait } from "../read_wait.ts";

/** `redpak recover`. */
export async function recover({ flags, operands, globals }: Invocation<"recover">): Promise<Output> {
  const wait = readWait(flags.wait);
  const path = nodeDirectory(await resolveNode(operands[0] ?? "", globals.root));
  if (flags["dry-run"]) return look(path);
  using lock = await awaitNodeLock(path, { wait, findHolder: findLockHolder });
  using content = openLockedContent(libc(), path, lock);
  const { finished, discarded, kept } = await recoverContent(content);
  const changed = finished !== undefined || discarded > 0;
  return {
    kind: "Recovery",
    data: { node: path, dryRun: false, changed, transaction: finished?.id ?? null, side: finished?.to ?? null, kept },
    text: () =>
      [
        ...finished === undefined ? [] : [`finished: ${escapeText(path)} is as ${SIDES[finished.to]} ${finished.id}`],
        ...discarded === 0 ? [] : [`removed ${discarded} transaction(s) that had not been committed`],
        ...changed ? [] : [`nothing to do in ${escapeText(path)}`],
      ].join("\n"),
    warnings: describeKept(kept),
  };
}

const SIDES = { before: "before transaction", after: "after transaction" } as const;

function look(path: string): Output {
  using content = openContent(libc(), path);
  const intent = readIntent(content);
  const changed = intent !== undefined;
  return {
    kind: "Recovery",
    data: { node: path, dryRun: true, changed, transaction: intent?.id ?? null, side: intent?.to ?? null, kept: [] },
    text: () =>
      intent === undefined
        ? `no transaction in ${escapeText(path)} is unfinished`
        : `would finish: ${escapeText(path)} as ${SIDES[intent.to]} ${intent.id}`,
  };
}
