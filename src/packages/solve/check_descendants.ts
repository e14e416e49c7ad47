import type { Solvable } from "../../../ffi/libsolv/pool.ts";
import { isWithin } from "../../core/path.ts";
import { type Fault, findFaults, providersIn } from "./find_faults.ts";
import type { PackagePool } from "./package_pool.ts";
import type { Breakage, Cascade } from "./resolution.ts";

export interface Consequences {
  readonly breakages: readonly Breakage[];
  readonly cascade: readonly Cascade[];
  /** Packages that would go, and whose staying would keep something from breaking: one that it is. */
  readonly missed: ReadonlyMap<Solvable, Breakage>;
}

/**
 * What a change of a node's packages means for the nodes inside of it. What was at fault before does not count.
 *
 * @param nodes the descendants, parents before their children; their packages are in the pool
 * @param before everything that is installed in the node and its ancestors
 * @param after the same, when the change has been made
 */
export function checkDescendants(
  packages: PackagePool,
  nodes: readonly string[],
  before: ReadonlySet<Solvable>,
  after: ReadonlySet<Solvable>,
): Consequences {
  const own = new Map(nodes.map((node) => [node, packages.installedIn(node)]));
  const added = [...after].filter((solvable) => !before.has(solvable));
  /** Faults of a node's packages, when these ones are gone. */
  const faultsOf = (node: string, above: ReadonlySet<Solvable>, gone: ReadonlySet<Solvable>): Fault[] => {
    const present = new Set(above);
    for (const [holder, solvables] of own) {
      if (isWithin(node, holder)) solvables.forEach((solvable) => present.add(solvable));
    }
    gone.forEach((solvable) => present.delete(solvable));
    const left = own.get(node)!.filter((solvable) => !gone.has(solvable));
    return findFaults(packages.pool, left, added.filter((solvable) => above.has(solvable)), (one) => present.has(one));
  };

  const known = new Map(nodes.map((node) => [node, new Set(faultsOf(node, before, new Set()).map(keyOf))]));
  const news = (node: string, gone: ReadonlySet<Solvable>) =>
    faultsOf(node, after, gone).filter((fault) => !known.get(node)!.has(keyOf(fault)));

  const missed = new Map<Solvable, Breakage>();
  const breakages = nodes.flatMap((node) =>
    news(node, new Set()).map((fault) => {
      const breakage = describeFault(packages, node, fault);
      for (const provider of fault.kind === "requires" ? providersIn(packages.pool, fault.dependency!) : []) {
        if (before.has(provider) && !after.has(provider)) missed.set(provider, breakage);
      }
      return breakage;
    })
  );
  if (breakages.length === 0) return { breakages, cascade: [], missed };
  const gone = new Set<Solvable>();
  for (let size = -1; size < gone.size;) {
    size = gone.size;
    for (const node of nodes) news(node, gone).forEach((fault) => gone.add(fault.package));
  }
  const cascade = nodes.toReversed().flatMap((node): Cascade[] => {
    const erase = own.get(node)!.filter((solvable) => gone.has(solvable)).map((solvable) => packages.nevra(solvable));
    return erase.length === 0 ? [] : [{ node, erase }];
  });
  return { breakages: distinct(breakages), cascade, missed };
}

/** The same for the same fault, while packages stay in the pool. */
export function keyOf(fault: Fault): string {
  return `${fault.package} ${fault.kind} ${fault.dependency} ${fault.other}`;
}

export function describeFault(
  packages: PackagePool,
  node: string,
  { kind, dependency, other, ...fault }: Fault,
): Breakage {
  const nevra = packages.nevra(fault.package);
  return {
    node,
    package: nevra,
    kind,
    what: dependency === undefined ? nevra.name : packages.pool.dependencyText(dependency),
    ...other === undefined ? {} : { other: packages.nevra(other) },
  };
}

function distinct(breakages: readonly Breakage[]): Breakage[] {
  return [...new Map(breakages.map((one) => [JSON.stringify(one), one])).values()];
}
