import { escapeText } from "../../core/escape.ts";
import { eachNode, findTree, type TreeNode } from "../../store/find_tree.ts";
import { NodeNotFound } from "../../store/node_not_found.ts";

/**
 * `redconf tree`: as redpak 2.5 draws it, but siblings sorted, and with the nodes below directories that are none.
 *
 * @throws {RedpakError} where the directory is no node, or one of the nodes is broken
 */
export async function treeText(directory: string): Promise<string> {
  const { root, nodes } = await findTree(directory, { compat: true });
  const [first] = nodes;
  if (first === undefined || first.path !== root) throw new NodeNotFound(root, "no node");
  for (const { error } of eachNode(nodes)) if (error !== undefined) throw error;
  const [above, name] = splitName(directory);
  return [above, ...nodeLines(first, name, "", true)].map((line) => `${line}\n`).join("");
}

function nodeLines(node: TreeNode, name: string, prefix: string, last: boolean): string[] {
  const below = `  ${prefix}${last ? " " : "│"} `;
  const children = node.children.flatMap((child, index) => {
    const relative = child.path.slice(node.path === "/" ? 1 : node.path.length + 1);
    return nodeLines(child, relative, below, index === node.children.length - 1);
  });
  return [
    `${prefix}  ${last ? "└" : "├"}── ${escapeText(name)}  (${node.node?.normal.config.headers.alias})`,
    ...children,
  ];
}

/** dirname(3) and basename(3) of the directory as it was named. */
function splitName(directory: string): readonly [above: string, name: string] {
  const trimmed = directory.replace(/\/+$/, "") || "/";
  const cut = trimmed.lastIndexOf("/");
  if (trimmed === "/") return ["/", "/"];
  return [cut < 0 ? "." : trimmed.slice(0, cut).replace(/\/+$/, "") || "/", trimmed.slice(cut + 1)];
}
