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
  const [{ path }] = family;
  // A node whose configuration is broken has packages all the same.
  const inside = [...eachNode((await findTree(path)).nodes)].filter((node) => node.path !== path);
  const aliases = new Map([...family, ...inside.flatMap(({ node }) => node ?? [])].map((node) => {
    return [node.path, node.normal.config.headers.alias];
  }));
  const sources = (paths: readonly string[]) =>
    holdersOf(paths).map((holder) => installedSource(holder, aliases.get(holder.node) ?? holder.node));
  const [own, ...ancestors] = sources(family.map((node) => node.path));
  return { family, installed: [own!, ...ancestors], descendants: sources(inside.map((node) => node.path)) };
}
