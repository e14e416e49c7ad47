import { formatPosition, type Problem, RedpakError } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { resolvePath } from "../../core/path.ts";
import { quote } from "../../core/quote.ts";
import { changeNodeFiles, type NodeFileChange } from "../../packages/repository/change_node_file.ts";
import { planNewRepository } from "../../packages/repository/edit_repositories.ts";
import { fileAddress } from "../../packages/repository/repo_values.ts";
import { KEY_DIRECTORY } from "../../packages/repository/repository_keys.ts";
import { acceptKeys, keyFileName, keySource } from "../accept_keys.ts";
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
  const plan = (gpgkey: string | undefined) =>
    planNewRepository(node, {
      id,
      values: {
        name: flags.name ?? id,
        [addressKey(flags)]: resolve(address),
        ...flags.priority === undefined ? {} : { priority: flags.priority },
        ...gpgkey === undefined ? {} : { gpgkey: fileAddress(gpgkey.slice(node.length)) },
      },
    }, variables);
  const dryRun = flags["dry-run"];
  const keyFile = flags.gpgkey && `${node}/${KEY_DIRECTORY}/${keyFileName(keySource(flags.gpgkey))}`;
  // Before anybody is asked anything: what is wrong with the repository itself.
  const changes: NodeFileChange[] = [plan(keyFile)];
  const keys = flags.gpgkey === undefined || dryRun
    ? undefined
    : await acceptKeys(node, flags.gpgkey, undefined, invocation.globals);
  const changed = flags.gpgkey === undefined || dryRun || keys !== undefined;
  if (keys !== undefined) changes.splice(0, 1, ...keys.change === undefined ? [] : [keys.change], plan(keys.file));
  if (changed && !dryRun) changeNodeFiles(node, changes, facts.uid);
  const files = [...dryRun && keyFile ? [keyFile] : [], ...changes.map(({ file }) => file)];
  return {
    kind: "Change",
    data: { action: "repo add", node, dryRun, changed, id, files: changed ? files : [] },
    text: () => {
      if (!changed) return "nothing was added";
      return files.map((file) => `${dryRun ? "would write" : "wrote"} ${escapeText(file)}`).join("\n");
    },
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
