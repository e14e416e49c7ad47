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
  // Texts are sorted by V8 itself: a function that compares would be called ten times for each package.
  const packages = Map.groupBy(database?.map(installedPackage) ?? [], ({ name, evr }) => `${name}\0${evr}`);
  return [...packages.keys()].sort().flatMap((key) => packages.get(key)!);
}
