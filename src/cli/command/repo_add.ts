import { formatPosition, type Problem, RedpakError } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { resolvePath } from "../../core/path.ts";
import { quote } from "../../core/quote.ts";
import { changeRepoFile, planNewRepository } from "../../packages/repository/edit_repositories.ts";
import type { Invocation, Output } from "../invocation.ts";
import { nodeRepositories } from "../node_repositories.ts";
import { usage } from "../split_words.ts";

/** `redpak repo add`. */
export async function repoAdd(invocation: Invocation<"repo add">): Promise<Output> {
  const { flags, operands } = invocation;
  const [, id = "", address = ""] = operands;
  const { node, repositories, variables, facts, warnings } = await nodeRepositories(invocation);
  const existing = repositories.find((repository) => repository.id === id);
  if (existing?.node === node) {
    throw new RedpakError({
      code: "E_REPO_EXISTS",
      message: `Cannot add repository ${quote(id)}: the node has one already`,
      where: existing.where,
      hints: [`redpak repo remove ${node} ${id}`],
    });
  }
  const change = planNewRepository(node, {
    id,
    values: {
      name: flags.name ?? id,
      [addressKey(flags)]: resolve(address),
      ...flags.priority === undefined ? {} : { priority: flags.priority },
    },
  }, variables);
  const dryRun = flags["dry-run"];
  if (!dryRun) changeRepoFile(change, facts.uid);
  return {
    kind: "Change",
    data: { action: "repo add", node, dryRun, changed: true, id, file: change.file },
    text: () => `${dryRun ? "would write" : "wrote"} ${escapeText(change.file)}`,
    warnings: [
      ...warnings,
      ...existing === undefined ? [] : [replaces(id, formatPosition(existing.where))],
      ...unauthenticated(address),
    ],
  };
}

function addressKey({ mirrorlist, metalink }: Invocation<"repo add">["flags"]): string {
  if (mirrorlist && metalink) {
    throw usage("Cannot use --mirrorlist and --metalink together: one address is one of them");
  }
  return mirrorlist ? "mirrorlist" : metalink ? "metalink" : "baseurl";
}

/** A path is one of the working directory, here; in the file it has to be absolute. */
function resolve(address: string): string {
  return /^[A-Za-z]+:/.test(address) ? address : resolvePath(Deno.cwd(), address);
}

function replaces(id: string, where: string): Problem {
  return {
    code: "W_REPO_REPLACES",
    message: `Repository ${quote(id)} takes the place of that of ${where} in this node`,
  };
}

function unauthenticated(address: string): Problem[] {
  if (!/^http:/i.test(address)) return [];
  return [{
    code: "W_REPO_PLAIN",
    message: "Anybody on the way can change what this address sends, but for signed packages",
    hints: ["use https, or repo_gpgcheck=1 where the repository signs its metadata"],
  }];
}
