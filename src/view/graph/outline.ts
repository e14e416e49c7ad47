import { baseName } from "../../core/path.ts";
import { formatBytes } from "../quantity.ts";
import type { Graph, GraphNode } from "./graph.ts";

/** A node with what is said of it wherever the tree is shown. */
export interface OutlineNode {
  readonly node: GraphNode;
  /** In `Graph.nodes`. */
  readonly index: number;
  /** Its alias; where that cannot be read, the last part of its path. */
  readonly name: string;
  /** Its directory, from that of its parent on, where that says more than the name; else empty. */
  readonly place: string;
  readonly errors: number;
  readonly warnings: number;
  readonly children: readonly OutlineNode[];
}

/** The nodes as a forest. */
export function outlineOf(graph: Graph): OutlineNode[] {
  const found = Map.groupBy(graph.findings, ({ node }) => node);
  const children = Map.groupBy(graph.nodes.keys(), (index) => graph.nodes[index]!.parent);
  const outline = (index: number): OutlineNode => {
    const node = graph.nodes[index]!;
    const findings = found.get(node.path) ?? [];
    const name = node.alias ?? baseName(node.path);
    const place = placeOf(node);
    const errors = findings.filter(({ severity }) => severity === "error").length;
    return {
      node,
      index,
      name,
      place: place === name ? "" : place,
      errors,
      warnings: findings.length - errors,
      children: (children.get(node.path) ?? []).map(outline),
    };
  };
  return (children.get(null) ?? []).map(outline);
}

function placeOf({ path, parent }: GraphNode): string {
  return parent === null ? path : path.slice(parent === "/" ? 1 : parent.length + 1);
}

/** `1 node`, `2 nodes`. */
export function count(number: number, word: string, words = `${word}s`): string {
  return `${number} ${number === 1 ? word : words}`;
}

/** How much of what was found there is, in words; empty where there is nothing. */
export function findingsText({ errors, warnings }: Pick<OutlineNode, "errors" | "warnings">): string {
  return [
    ...errors === 0 ? [] : [count(errors, "error")],
    ...warnings === 0 ? [] : [count(warnings, "warning")],
  ].join(", ");
}

/** A node's own packages in words; empty where it has none. */
export function packagesText({ packages, bytes }: GraphNode): string {
  if (packages === null || packages.length === 0) return "";
  return `${count(packages.length, "package")}, ${formatBytes(bytes.own)}`;
}

/** What the graph is of: where an image lies on the machine that draws it says nothing about it. */
export function titleOf({ root }: Graph): string {
  return root === "/" ? "Nodes of this machine" : `Nodes of ${baseName(root)}`;
}

/** Whether the image is proven, in words. */
export function verdictText({ proven, findings }: Graph): string {
  if (proven) return "proven";
  const errors = findings.filter(({ severity }) => severity === "error").length;
  return `not proven: ${findingsText({ errors, warnings: findings.length - errors })}`;
}
