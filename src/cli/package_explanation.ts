import { libc } from "../../ffi/libc/libc.ts";
import type { Family } from "../config/node.ts";
import { RedpakError } from "../core/error.ts";
import { escapeText } from "../core/escape.ts";
import { holdersOf, HOST } from "../packages/database/holders.ts";
import { formatNevra } from "../packages/database/installed_package.ts";
import { dependenciesIn, readHistory } from "../packages/generation/history.ts";
import { openContent } from "../packages/generation/node_content.ts";
import { explainPackage, type PackageReason } from "../packages/solve/explain_package.ts";
import { eachNode, findTree } from "../store/find_tree.ts";
import type { Output } from "./invocation.ts";
import { packagePlaces } from "./package_places.ts";
import { packageNotInstalled } from "./command/why.ts";

/** Why packages of a node or its ancestors are there, for people and for programs. */
export async function packageExplanation(word: string, family: Family): Promise<Output> {
  const paths = packagePlaces(family);
  const [node] = paths;
  const inside = [...eachNode((await findTree(node!)).nodes)].map(({ path }) => path).filter((path) => path !== node);
  const asked = new Map([...paths, ...inside].map((path) => [path, askedIn(path)]));
  const holders = holdersOf([...paths, ...inside]);
  const reasons = explainPackage(word, paths, holders, (path, name) => asked.get(path)!(name));
  if (reasons.length === 0) throw packageNotInstalled(word, node!);
  return {
    kind: "PackageExplanation",
    data: {
      node,
      packages: reasons.map(({ chain, isAsked, dependents }) => ({ chain, isAsked: isAsked ?? null, dependents })),
    },
    text: (style) =>
      reasons.flatMap((reason) => {
        const [first, ...others] = reason.chain;
        return [
          `${style.bold(escapeText(formatNevra(first.package)))} of ${escapeText(first.node)}`,
          ...others.map((link) =>
            `  is needed by ${escapeText(formatNevra(link.package))} of ${escapeText(link.node)}`
          ),
          `  ${conclusion(reason)}`,
        ];
      }).join("\n"),
  };
}

function conclusion({ chain, isAsked, dependents }: PackageReason): string {
  const more = dependents > 1 && chain.length > 1
    ? `; ${dependents - 1} more need ${chain[0].package.name}: redpak why`
    : "";
  const which = chain.length > 1 ? "which" : "it";
  if (isAsked === true) return `${which} somebody has asked for${more}`;
  return isAsked === false && chain.length === 1
    ? `nobody has asked for it, and nothing needs it any more: redpak autoremove`
    : `${which} nothing else needs${more}`;
}

/** What a node's transactions have written down; nothing where it has none, or the caller may not read them. */
function askedIn(path: string): (name: string) => boolean | undefined {
  if (path === HOST) return () => undefined;
  try {
    using content = openContent(libc(), path);
    if (!readHistory(content).some(({ state }) => state === "current")) return () => undefined;
    const dependencies = new Set(dependenciesIn(content));
    return (name) => !dependencies.has(name);
  } catch (error) {
    if (!(error instanceof RedpakError)) throw error;
    return () => undefined;
  }
}
