import { libc } from "../../../ffi/libc/libc.ts";
import { type Problem, RedpakError } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { EXIT } from "../../core/exit_code.ts";
import { findLockHolder } from "../../host/lock_holder.ts";
import { formatNevra } from "../../packages/database/installed_package.ts";
import { type HistoryEntry, readHistory } from "../../packages/generation/history.ts";
import { openContent, openLockedContent, withState } from "../../packages/generation/node_content.ts";
import { recover } from "../../packages/generation/recover.ts";
import { findRedoable, findUndoable, redo, undo as undoContent } from "../../packages/generation/undo.ts";
import { checkReplacement, type Replacement } from "../../packages/solve/check_replacement.ts";
import { installedSource } from "../../packages/solve/sources.ts";
import { keptPackages } from "../../packages/transaction/kept_packages.ts";
import { nodeDirectory, nodesAbove } from "../../store/node_path.ts";
import { awaitFamilyLock } from "../../store/lock_node.ts";
import { confirm } from "../confirm.ts";
import type { Invocation, Output } from "../invocation.ts";
import { describeKept } from "../kept_paths.ts";
import { breakageText, cascadeLines, obstaclesOf } from "../package_changes.ts";
import { installedInPaths } from "../package_family.ts";
import { readScriptTimeout } from "../read_script_timeout.ts";
import { readWait } from "../read_wait.ts";
import { warningOf } from "../package_changes.ts";
import { resolveNode } from "../resolve_node.ts";
import { writeMessage } from "../write.ts";

/** `redpak undo`. */
export async function undo({ flags, operands, globals, environment }: Invocation<"undo">): Promise<Output> {
  const wait = readWait(flags.wait);
  const scriptTimeout = readScriptTimeout(flags["script-timeout"]);
  const path = nodeDirectory(await resolveNode(operands[0] ?? "", globals.root));
  const find = flags.redo ? findRedoable : findUndoable;
  const action = flags.redo ? "redo" : "undo";
  if (flags["dry-run"]) {
    using content = openContent(libc(), path);
    const entry = find(readHistory(content), path);
    const { replacement } = await look(path, entry, flags.cascade);
    return describe(action, path, entry, replacement, { dryRun: true, changed: true });
  }
  using lock = await awaitFamilyLock(nodesAbove(path), path, { wait, findHolder: findLockHolder });
  using opened = openLockedContent(libc(), path, lock);
  await recover(opened);
  const entry = find(readHistory(opened), path);
  const { replacement, world } = await look(path, entry, flags.cascade);
  const { sequence, command } = entry.record;
  if (!globals.json && !globals.quiet) writeMessage(changeLines(replacement).map((line) => `${line}\n`).join(""));
  const question = `${flags.redo ? "Redo" : "Undo"} transaction ${sequence} (${escapeText(command.join(" "))}) in ${
    escapeText(path)
  }?`;
  if (!globals.yes && !confirm(question, "--yes does it without asking")) {
    return describe(action, path, entry, replacement, { dryRun: false, changed: false });
  }
  const warnings: Problem[] = [];
  for (const each of replacement.cascade) {
    const { applyCascade } = await import("../family_job.ts");
    const change = {
      ...{ globals, environment, command: [action, path], allowed: [], wait },
      ...{ noScripts: flags["no-scripts"], scriptTimeout },
    };
    const { kept, warnings: said } = await applyCascade(change, world, each);
    warnings.push(...describeKept(kept), ...said.map(warningOf));
  }
  using content = withState(opened);
  const { kept } = await (flags.redo ? redo : undoContent)(content);
  warnings.push(...describeKept(kept));
  return { ...describe(action, path, entry, replacement, { dryRun: false, changed: true }), warnings };
}

/**
 * Finds out what it would mean for packages, of the node and of those inside of it.
 *
 * @throws {RedpakError} `E_DEPENDENCIES` and `E_DESCENDANT_BROKEN` where something would be broken
 */
async function look(path: string, { record }: HistoryEntry, cascading: boolean) {
  const { installed: family, descendants } = await installedInPaths([path, ...nodesAbove(path).reverse()]);
  const world = { arch: Deno.build.arch, family, descendants };
  const replacement = checkReplacement(world, installedSource(keptPackages(path, record), path));
  const problems: Problem[] = [
    ...replacement.own.map((breakage) => ({
      code: "E_DEPENDENCIES",
      message: `Cannot do it: ${breakageText(breakage)}`,
      hints: ["its ancestors have changed since: change them back first"],
    })),
    ...obstaclesOf({ conflicts: [], ...replacement }, cascading),
  ];
  const [first] = problems;
  if (first !== undefined) throw new RedpakError({ ...first, exit: EXIT.dependency, problems });
  return { replacement, world };
}

function changeLines(replacement: Replacement): string[] {
  return [
    ...replacement.removed.map((nevra) => `- ${escapeText(formatNevra(nevra))}`),
    ...replacement.added.map((nevra) => `+ ${escapeText(formatNevra(nevra))}`),
    ...cascadeLines(replacement),
  ];
}

const PAST = { undo: "undid", redo: "redid" } as const;

function describe(
  action: keyof typeof PAST,
  node: string,
  entry: HistoryEntry,
  replacement: Replacement,
  { dryRun, changed }: { readonly dryRun: boolean; readonly changed: boolean },
): Output {
  const { sequence, command } = entry.record;
  const { added, removed, cascade } = replacement;
  const verb = dryRun ? `would ${action}` : changed ? PAST[action] : "kept";
  return {
    kind: "Change",
    data: { action, node, dryRun, changed, transaction: sequence, added, removed, cascade },
    text: () =>
      [
        ...dryRun ? changeLines(replacement) : [],
        `${verb} transaction ${sequence} (${escapeText(command.join(" "))}) in ${escapeText(node)}`,
      ].join("\n"),
  };
}
