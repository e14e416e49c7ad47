import { escapeText } from "../../core/escape.ts";
import type { Repository } from "../../packages/repository/repository.ts";
import type { Style } from "../../view/style.ts";
import { tableLines } from "../../view/table.ts";
import type { Invocation, Output } from "../invocation.ts";
import { nodeRepositories } from "../node_repositories.ts";

/** `redpak repo list`: those of the node and of its ancestors. */
export async function repoList(invocation: Invocation<"repo list">): Promise<Output> {
  const { node, repositories, warnings } = await nodeRepositories(invocation);
  return {
    kind: "Repositories",
    data: { node, repositories: repositories.map(toData) },
    text: (style) => repositories.length === 0 ? `no repository in ${escapeText(node)}` : table(repositories, style),
    warnings,
  };
}

/** Without what is nobody's business: how the repository is spoken to. */
function toData({ transfer: _, metadataExpire: __, skipIfUnavailable: ___, ...repository }: Repository) {
  return {
    ...repository,
    mirrorlist: repository.mirrorlist ?? null,
    metalink: repository.metalink ?? null,
    gpgKeys: repository.gpgKeys.map(({ value }) => value),
  };
}

function table(repositories: readonly Repository[], style: Style): string {
  const [head = "", ...lines] = tableLines([
    ["ID", "STATE", "PRIORITY", "CHECKS", "NODE", "ADDRESS"],
    ...repositories.map((repository) => [
      escapeText(repository.id),
      repository.enabled ? "enabled" : "disabled",
      String(repository.priority),
      [...repository.gpgcheck ? ["packages"] : [], ...repository.repoGpgcheck ? ["metadata"] : []].join("+") ||
      "nothing",
      escapeText(repository.node),
      escapeText([...repository.baseUrls, repository.mirrorlist, repository.metalink].find((it) => it) ?? "-"),
    ]),
  ]);
  return [style.bold(head), ...lines].join("\n");
}
