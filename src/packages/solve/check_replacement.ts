import type { Solvable } from "../../../ffi/libsolv/pool.ts";
import type { Nevra } from "../database/installed_package.ts";
import { checkDescendants, type Consequences, describeFault, keyOf } from "./check_descendants.ts";
import { findFaults } from "./find_faults.ts";
import { PackagePool } from "./package_pool.ts";
import type { Breakage } from "./resolution.ts";
import type { World } from "./resolve.ts";
import type { InstalledSource } from "./sources.ts";

/** What becomes of a family when all packages of a node are replaced at once. */
export interface Replacement extends Pick<Consequences, "breakages" | "cascade"> {
  readonly added: readonly Nevra[];
  readonly removed: readonly Nevra[];
  /** What packages of the node itself would lack, or be in conflict with. */
  readonly own: readonly Breakage[];
}

/**
 * Finds out what it would break when a node had other packages than it has: those of before a transaction, or after it.
 * What is at fault already does not count.
 *
 * @param world what is installed now; the first of the family is the node
 * @param other what the node would have
 */
export function checkReplacement(
  { arch, family, descendants }: Pick<World, "arch" | "family" | "descendants">,
  other: InstalledSource,
): Replacement {
  const [{ node }] = family;
  using packages = new PackagePool(arch);
  packages.addInstalled(family);
  const before = new Set(packages.installed());
  const had = packages.installedIn(node);
  using _others = packages.addOthers([...descendants, other]);

  // What is the same package before and after has no fault that is new.
  const names = new Map(had.map((solvable) => [nameOf(packages, solvable), solvable]));
  const has = packages.installedIn(other.node).map((solvable) => names.get(nameOf(packages, solvable)) ?? solvable);
  const above = [...before].filter((solvable) => !had.includes(solvable));
  const after = new Set([...above, ...has]);

  const faults = (own: readonly Solvable[], all: ReadonlySet<Solvable>) =>
    findFaults(packages.pool, own, above, (solvable) => all.has(solvable));
  const known = new Set(faults(had, before).map(keyOf));
  const own = faults(has, after).filter((fault) => !known.has(keyOf(fault)));
  const { breakages, cascade } = checkDescendants(packages, descendants.map((source) => source.node), before, after);
  const nevras = (solvables: readonly Solvable[]) => solvables.map((solvable) => packages.nevra(solvable));
  return {
    added: nevras(has.filter((solvable) => !before.has(solvable))),
    removed: nevras(had.filter((solvable) => !after.has(solvable))),
    own: own.map((fault) => describeFault(packages, node, fault)),
    breakages,
    cascade,
  };
}

function nameOf(packages: PackagePool, solvable: Solvable): string {
  const { name, evr, arch } = packages.nevra(solvable);
  return `${name} ${evr} ${arch}`;
}
