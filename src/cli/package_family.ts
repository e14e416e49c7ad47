import { standsOnHost } from "../config/stands_on_host.ts";
import type { Family } from "../config/node.ts";
import { RedpakError } from "../core/error.ts";
import { holdersOf, HOST } from "../packages/database/holders.ts";
import { type InstalledSource, installedSource } from "../packages/solve/sources.ts";
import { eachNode, findTree } from "../store/find_tree.ts";
import { type LoadedFamily, loadFamily } from "../store/load_family.ts";
import { packagePlaces } from "./package_places.ts";
import { resolveNode } from "./resolve_node.ts";

/** What is installed from a node's point of view, and in the nodes inside of it. */
export interface PackageFamily {
  readonly family: LoadedFamily;
  /** Of the node and its ancestors, the host where it is one of them. */
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
  return { family, ...await installedAround(packagePlaces(family), aliases) };
}

/**
 * The same for nodes whose configuration need not be valid. The host is one of them where the topmost node can be read, and says so.
 *
 * @param paths the node and its ancestors, in the order of a family
 */
export async function installedInPaths(
  paths: readonly [string, ...string[]],
): Promise<Pick<PackageFamily, "installed" | "descendants">> {
  const top = await readFamily(paths[paths.length - 1] ?? paths[0]);
  return await installedAround([...paths, ...top !== undefined && standsOnHost(top) ? [HOST] : []]);
}

async function readFamily(path: string): Promise<Family | undefined> {
  try {
    return await loadFamily(path);
  } catch (error) {
    if (error instanceof RedpakError) return undefined;
    throw error;
  }
}

/**
 * @param places as `packagePlaces`
 * @param aliases of those nodes that are known
 */
async function installedAround(
  places: readonly string[],
  aliases: ReadonlyMap<string, string> = new Map(),
): Promise<Pick<PackageFamily, "installed" | "descendants">> {
  const [path = ""] = places;
  // A node whose configuration is broken has packages all the same.
  const inside = [...eachNode((await findTree(path)).nodes)].filter((node) => node.path !== path);
  const all = new Map([
    ...aliases,
    ...inside.flatMap(({ node }) => node === undefined ? [] : [[node.path, node.normal.config.headers.alias] as const]),
  ]);
  const sources = (nodes: readonly string[]) =>
    holdersOf(nodes).map((holder) => installedSource(holder, all.get(holder.node) ?? holder.node));
  const [own, ...ancestors] = sources(places);
  return { installed: [own!, ...ancestors], descendants: sources(inside.map((node) => node.path)) };
}
