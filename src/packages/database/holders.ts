import { Database } from "./database.ts";
import { type InstalledPackage, installedPackage } from "./installed_package.ts";

/** Who has packages: a node, or the host where the top of a family shows its database. */
export interface Holder {
  /** The directory of the node; `/` for the host. */
  readonly node: string;
  /** Undefined where it has no database. */
  readonly open: () => Database | undefined;
}

/**
 * The holders of what is installed from a node's point of view, the node itself first.
 *
 * @param nodes directories of the node and its ancestors, in the order of a family
 * @param hostDatabase directory of the host's database, where the family's topmost node shows it
 */
export function holdersOf(nodes: readonly string[], hostDatabase?: string): Holder[] {
  const holders: Holder[] = nodes.map((node) => ({ node, open: () => Database.ofNode(node) }));
  if (hostDatabase !== undefined) holders.push({ node: "/", open: () => Database.ofHost(hostDatabase) });
  return holders;
}

/** The packages of a holder, by name and version. */
export function packagesOf(holder: Holder): InstalledPackage[] {
  using database = holder.open();
  return (database?.map(installedPackage) ?? []).sort((a, b) => compare(a.name, b.name) || compare(a.evr, b.evr));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
