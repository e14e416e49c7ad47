import type { Dependency, Solvable } from "../../../ffi/libsolv/pool.ts";
import { isWithin } from "../../core/path.ts";
import type { Nevra } from "../database/installed_package.ts";
import { packageMatcher } from "../database/match_pattern.ts";
import { providersIn } from "./find_faults.ts";
import { PackagePool } from "./package_pool.ts";
import type { InstalledSource } from "./sources.ts";

/** A package that requires another one. */
export interface Dependent {
  readonly node: string;
  readonly package: Nevra;
  /** What it requires that the other one provides. */
  readonly requires: string;
  /** Other packages that provide it there: it would do without this one. */
  readonly alternatives: readonly Nevra[];
}

export interface Required {
  readonly node: string;
  readonly package: Nevra;
  readonly dependents: readonly Dependent[];
}

/**
 * Who requires a package: in its own node, and in those inside of it, as far as they are given.
 *
 * @param word its name, also with version, release and architecture, or a pattern
 * @param family a node, its ancestors, the host
 * @param descendants of the node
 * @returns one item for each package of the family that is meant
 */
export function findDependents(
  word: string,
  family: readonly InstalledSource[],
  descendants: readonly InstalledSource[],
): Required[] {
  // Nothing is installed: which machine it is does not matter.
  using packages = new PackagePool("noarch");
  packages.addInstalled(family);
  using _others = packages.addOthers(descendants);
  const isMeant = packageMatcher([word]);
  const nodes = [...family, ...descendants].map(({ node }) => node);
  const providers = new Map<Dependency, readonly Solvable[]>();
  const providersOf = (dependency: Dependency) => {
    let found = providers.get(dependency);
    if (found === undefined) providers.set(dependency, found = providersIn(packages.pool, dependency));
    return found;
  };
  return family.flatMap(({ node: holder }) =>
    packages.installedIn(holder).filter((solvable) => isMeant(packages.nevra(solvable))).map((target) => ({
      node: holder,
      package: packages.nevra(target),
      dependents: nodes.filter((node) => isWithin(node, holder)).flatMap((node) =>
        packages.installedIn(node).filter((one) => one !== target).flatMap((one) =>
          packages.pool.dependencies(one, "requires")
            .filter((dependency) => providersOf(dependency).includes(target))
            .map((dependency): Dependent => ({
              node,
              package: packages.nevra(one),
              requires: packages.pool.dependencyText(dependency),
              alternatives: [...new Set(providersOf(dependency))]
                .filter((other) => other !== target && isWithin(node, packages.nodeOf(other)!))
                .map((other) => packages.nevra(other)),
            }))
        )
      ),
    }))
  );
}
