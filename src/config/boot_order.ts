import { didYouMean } from "../core/did_you_mean.ts";
import type { Position, Problem } from "../core/error.ts";
import { isWithin, normalizePath } from "../core/path.ts";
import { quote } from "../core/quote.ts";
import type { RedNode } from "./node.ts";

export interface BootOrder {
  /** Each node behind those that it waits for; otherwise as they were given. Without those that a problem is about. */
  readonly order: readonly RedNode[];
  /** What each waits for: the node around it, then those that its `after` names. */
  readonly waits: ReadonlyMap<RedNode, readonly RedNode[]>;
  /** What is wrong with the nodes' `after`: unknown names, and cycles. */
  readonly problems: ReadonlyMap<RedNode, readonly Problem[]>;
}

/**
 * The order in which nodes are started: each behind the nearest node around it, and behind those that its `after` names.
 *
 * @param nodes parents before their children
 */
export function bootOrder(nodes: readonly RedNode[]): BootOrder {
  const problems = new Map<RedNode, Problem[]>();
  const note = (node: RedNode, problem: Problem) => problems.set(node, [...problems.get(node) ?? [], problem]);
  const named = new Map(nodes.map((node) => [node, findNamed(node, nodes, (problem) => note(node, problem))]));
  const waitsFor = (node: RedNode): readonly Wait[] => {
    const parent = nearestAbove(node, nodes);
    return [...parent === undefined ? [] : [{ other: parent }], ...named.get(node) ?? []];
  };
  const done = new Set<RedNode>();
  const visit = (node: RedNode, chain: readonly Wait[]): void => {
    if (done.has(node) || problems.has(node)) return;
    const begin = chain.findIndex(({ other }) => other === node);
    if (begin >= 0) return noteCycle(chain.slice(begin), note);
    // Who waits is named where the wait is written, so each step of the chain carries both.
    for (const wait of waitsFor(node)) visit(wait.other, [...chain, { ...wait, other: node }]);
    if (!problems.has(node)) done.add(node);
  };
  for (const node of nodes) visit(node, []);
  const waits = new Map(nodes.map((node) => [node, waitsFor(node).map(({ other }) => other)]));
  return { order: [...done], waits, problems };
}

/** A node that is waited for, and where that is written; absent where it is because of the tree. */
interface Wait {
  readonly other: RedNode;
  readonly where?: Position;
}

function findNamed(node: RedNode, nodes: readonly RedNode[], note: (problem: Problem) => void): Wait[] {
  return ownAfter(node).flatMap(({ name, where }): Wait[] => {
    const isPath = name.startsWith("/");
    const found = nodes.filter(({ path, normal }) =>
      isPath ? path === normalizePath(name) : normal.config.headers.alias === name
    );
    const [other] = found;
    const message = `Cannot start ${quote(node.path)} after ${quote(name)}`;
    if (other === undefined) {
      const known = nodes.map(({ path, normal }) => isPath ? path : normal.config.headers.alias);
      const meant = didYouMean(name, known);
      note({
        code: "E_AFTER_UNKNOWN",
        message: `${message}: there is no such node`,
        where,
        hints: [meant === undefined ? "name a node of this tree by its alias or its path" : `did you mean ${meant}?`],
      });
    } else if (found.length > 1) {
      note({
        code: "E_AFTER_AMBIGUOUS",
        message: `${message}: ${found.length} nodes have this alias`,
        where,
        hints: found.map(({ path }) => `name it by its path: ${path}`),
      });
    } else return [{ other, where }];
    return [];
  });
}

/** What the node itself says: its admin file, where that counts, else its normal one. */
function ownAfter({ normal, admin }: RedNode): { readonly name: string; readonly where: Position }[] {
  const file = admin?.config.config?.after === undefined ? normal : admin;
  const names = file.config.config?.after ?? [];
  return names.map((name, index) => ({ name, where: file.locate(["config", "after", index]) }));
}

function nearestAbove({ path }: RedNode, nodes: readonly RedNode[]): RedNode | undefined {
  const above = nodes.filter((other) => other.path !== path && isWithin(path, other.path));
  return above.sort((a, b) => b.path.length - a.path.length)[0];
}

/** The tree alone has no cycle, so one of the steps is written somewhere. */
function noteCycle(cycle: readonly Wait[], note: (node: RedNode, problem: Problem) => void): void {
  const names = [...cycle, cycle[0]!].map(({ other }) => other.path).join(" after ");
  for (const { other, where } of cycle) {
    if (where === undefined) continue;
    note(other, {
      code: "E_AFTER_CYCLE",
      message: `Cannot start ${quote(other.path)}: it would wait for itself: ${names}`,
      where,
      hints: ["a node is started after the node around it; take one of these out of after"],
    });
  }
}
