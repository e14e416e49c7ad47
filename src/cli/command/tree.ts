import { escapeText } from "../../core/escape.ts";
import { eachNode, findTree, type TreeNode } from "../../store/find_tree.ts";
import type { Style } from "../../view/style.ts";
import { type Branch, treeLines } from "../../view/tree.ts";
import type { Invocation, Output } from "../invocation.ts";

/** `redpak tree`. */
export async function tree({ operands, globals }: Invocation<"tree">): Promise<Output> {
  const { root, nodes, warnings } = await findTree(operands[0] ?? globals.root ?? ".");
  const broken = [...eachNode(nodes)].flatMap(({ path, error }) =>
    error === undefined ? [] : [{
      code: "W_BROKEN_NODE",
      message: `Node "${path}" is broken`,
      hints: [`redpak check ${path}`],
    }]
  );
  return {
    kind: "Tree",
    data: { root, nodes: nodes.map(toData) },
    text: (style) =>
      nodes.length === 0
        ? `no node in ${escapeText(root)}`
        : treeLines(nodes.map((node) => toBranch(node, root, style))).join("\n"),
    warnings: [...warnings, ...broken],
  };
}

function toData({ path, node, error, children }: TreeNode): unknown {
  return {
    path,
    alias: node?.normal.config.headers.alias ?? null,
    info: node?.normal.config.headers.info ?? null,
    state: node?.status.status.state ?? null,
    error: error === undefined ? null : { code: error.code, message: error.message, where: error.where ?? null },
    children: children.map(toData),
  };
}

function toBranch({ path, node, error, children }: TreeNode, above: string, style: Style): Branch {
  // Below its parent the rest of the path says it all: directories that are no nodes are part of it.
  const name = escapeText(path === above ? path : path.slice(above === "/" ? 1 : above.length + 1));
  return {
    label: `${name}  ${error === undefined ? describe(node, style) : style.red("broken")}`,
    children: children.map((child) => toBranch(child, path, style)),
  };
}

function describe(node: NonNullable<TreeNode["node"]>, style: Style): string {
  const { state } = node.status.status;
  const alias = style.bold(escapeText(node.normal.config.headers.alias));
  return state === "Enable" ? alias : `${alias}  ${style.yellow(state === "Disable" ? "disabled" : state)}`;
}
