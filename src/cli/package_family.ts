import { holdersOf } from "../packages/database/holders.ts";
import { type InstalledSource, installedSource } from "../packages/solve/sources.ts";
import { eachNode, findTree } from "../store/find_tree.ts";
import { type LoadedFamily, loadFamily } from "../store/load_family.ts";
import { resolveNode } from "./resolve_node.ts";

/** What is installed from a node's point of view, and in the nodes inside of it. */
export interface PackageFamily {
  readonly family: LoadedFamily;
  /** Of the node and its ancestors. */
  readonly installed: readonly [InstalledSource, ...InstalledSource[]];
  /** Of the nodes inside of it, parents before their children. */
  readonly descendants: readonly InstalledSource[];
}

/** @param name the operand that names the node */
export async function packageFamily(name: string, root: string | undefined): Promise<PackageFamily> {
  return await packageFamilyOf(await loadFamily(await resolveNode(name, root)));
}

export async function packageFamilyOf(family: LoadedFamily): Promise<PackageFamily> {
  const aliases = new Map(family.map((node) => [node.path, node.normal.config.headers.alias]));
  return { family, ...await installedAround(family.map((node) => node.path), aliases) };
}

/**
 * The same for nodes whose configuration need not be valid.
 *
 * @param paths the node and its ancestors, in the order of a family
 * @param aliases of those that are known
 */
export async function installedAround(
  paths: readonly string[],
  aliases: ReadonlyMap<string, string> = new Map(),
): Promise<Pick<PackageFamily, "installed" | "descendants">> {
  const [path = ""] = paths;
  // A node whose configuration is broken has packages all the same.
  const inside = [...eachNode((await findTree(path)).nodes)].filter((node) => node.path !== path);
  const all = new Map([
    ...aliases,
    ...inside.flatMap(({ node }) => node === undefined ? [] : [[node.path, node.normal.config.headers.alias] as const]),
  ]);
  const sources = (nodes: readonly string[]) =>
    holdersOf(nodes).map((holder) => installedSource(holder, all.get(holder.node) ?? holder.node));
  const [own, ...ancestors] = sources(paths);
  return { installed: [own!, ...ancestors], descendants: sources(inside.map((node) => node.path)) };
}
