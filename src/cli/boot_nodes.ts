import type { RedNode } from "../config/node.ts";
import { RedpakError } from "../core/error.ts";
import { isWithin, normalizePath } from "../core/path.ts";
import { eachNode, findTree } from "../store/find_tree.ts";
import { isNode, nodesAbove } from "../store/node_path.ts";
import { loadNode } from "../store/load_node.ts";

/**
 * Nodes that those of a directory may be started after, parents before their children: all of the tree that it is in, and
 * those elsewhere that are named by their paths. Broken ones are left out.
 *
 * @param directory absolute, without symbolic links
 */
export async function bootNodes(directory: string, admin: boolean): Promise<readonly RedNode[]> {
  const { nodes } = await findTree(nodesAbove(directory)[0] ?? directory, { admin });
  const found: RedNode[] = [...eachNode(nodes)].flatMap(({ node }) => node ?? []);
  // What is added names others itself.
  for (const { normal, admin: other } of found) {
    for (const name of [...normal.config.config?.after ?? [], ...other?.config.config?.after ?? []]) {
      const path = normalizePath(name);
      if (!name.startsWith("/") || found.some((node) => node.path === path) || !isNode(path)) continue;
      const added = await attempt(() => loadNode(path, { admin }));
      if (added !== undefined) insert(added, found);
    }
  }
  return found;
}

function insert(node: RedNode, nodes: RedNode[]): void {
  const below = nodes.findIndex(({ path }) => isWithin(path, node.path));
  nodes.splice(below < 0 ? nodes.length : below, 0, node);
}

async function attempt<T>(step: () => Promise<T>): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof RedpakError)) throw error;
  }
}
