import { didYouMean } from "../../core/did_you_mean.ts";
import { RedpakError } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import { changeNodeFiles } from "../../packages/repository/change_node_file.ts";
import { planRemoval } from "../../packages/repository/edit_repositories.ts";
import type { Repository } from "../../packages/repository/repository.ts";
import { confirm } from "../confirm.ts";
import type { Invocation, Output } from "../invocation.ts";
import { nodeRepositories } from "../node_repositories.ts";

/** `redpak repo remove`. */
export async function repoRemove(invocation: Invocation<"repo remove">): Promise<Output> {
  const { flags, operands, globals } = invocation;
  const { node, repositories, facts, warnings } = await nodeRepositories(invocation);
  const { id, where } = findOwn(repositories, operands[1] ?? "", node);
  const change = planRemoval(node, id, where.file);
  const dryRun = flags["dry-run"];
  const confirmed = dryRun || globals.yes ||
    confirm(`Remove repository ${escapeText(id)} from ${escapeText(where.file)}?`, "--yes removes without asking");
  if (confirmed && !dryRun) changeNodeFiles(node, [change], facts.uid);
  const verb = dryRun ? "would remove" : confirmed ? "removed" : "kept";
  return {
    kind: "Change",
    data: { action: "repo remove", node, dryRun, changed: confirmed, id, file: change.file },
    text: () => `${verb} ${escapeText(id)}`,
    warnings,
  };
}

/** @throws {RedpakError} `E_REPO_NOT_FOUND` where the node itself has none of this name */
function findOwn(repositories: readonly Repository[], id: string, node: string): Repository {
  const found = repositories.find((repository) => repository.id === id);
  if (found?.node === node) return found;
  const meant = didYouMean(id, repositories.map((repository) => repository.id));
  const reason = found === undefined
    ? "there is no such repository"
    : `it is one of ${quote(found.node)}; enabled=0 in a file of this node does without it`;
  throw new RedpakError({
    code: "E_REPO_NOT_FOUND",
    exit: EXIT.notFound,
    message: `Cannot remove repository ${quote(id)} from ${quote(node)}: ${reason}`,
    where: found?.where,
    hints: [
      ...found === undefined ? [] : [`redpak repo remove ${found.node} ${id}`],
      ...meant === undefined || found !== undefined ? [] : [`did you mean ${meant}?`],
      `redpak repo list ${node}`,
    ],
  });
}
