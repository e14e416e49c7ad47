import { Database } from "./database.ts";
import { type InstalledPackage, installedPackage } from "./installed_package.ts";

/** Stands for the host in the place of a node's directory. */
export const HOST = "/";

/** Who has packages: a node, or the host where a family stands on it. */
export interface Holder {
  /** The directory of the node; `HOST` for the host. */
  readonly node: string;
  /** Undefined where it has no database. */
  readonly open: () => Database | undefined;
}

/** @param nodes directories of nodes of this machine, and `HOST` for itself */
export function holdersOf(nodes: readonly string[]): Holder[] {
  return nodes.map((node) => ({ node, open: () => node === HOST ? Database.ofHost(HOST) : Database.ofNode(node) }));
}

/** The packages of a holder, by name and version. */
export function packagesOf(holder: Holder): InstalledPackage[] {
  using database = holder.open();
  return (database?.map(installedPackage) ?? []).sort((a, b) => compare(a.name, b.name) || compare(a.evr, b.evr));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
