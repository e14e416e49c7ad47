import type { Solvable } from "../../../ffi/libsolv/pool.ts";
import { isWithin } from "../../core/path.ts";
import type { Holder } from "../database/holders.ts";
import { type PackageProvenance, packageProvenance } from "../database/package_provenance.ts";
import { providersIn } from "./find_faults.ts";
import { PackagePool } from "./package_pool.ts";

/** A package that is installed somewhere, and what it needs. */
export interface Material {
  /** Directory of the node that has it; `HOST` for the host. */
  readonly node: string;
  readonly package: PackageProvenance;
  /** Packages of its node and of those above that meet its requirements, in no order. */
  readonly dependsOn: readonly Material[];
}

/**
 * All packages of nodes, and which of them meets the requirements of which. Where several do, all of them count.
 *
 * @param has whether a node has the packages of a holder
 * @throws {RedpakError} as the databases
 */
export function findMaterials(
  holders: readonly Holder[],
  has: (node: string, holder: string) => boolean = isWithin,
): Material[] {
  // Nothing is installed: which machine it is does not matter.
  using packages = new PackagePool("noarch");
  const read = new Map<string, PackageProvenance[]>(holders.map(({ node }) => [node, []]));
  packages.addInstalled(holders.map(({ node, open }) => ({
    node,
    alias: node,
    addTo(repository) {
      using database = open();
      if (database === undefined) return;
      repository.addHeaders((add) =>
        database.map((header) => {
          add(header);
          read.get(node)!.push(packageProvenance(header));
        })
      );
    },
  })));
  packages.prepare();
  const found = new Map<Solvable, Material & { readonly dependsOn: Material[] }>();
  for (const { node } of holders) {
    packages.installedIn(node).forEach((solvable, index) => {
      found.set(solvable, { node, package: read.get(node)![index]!, dependsOn: [] });
    });
  }
  const providers = new Map<number, readonly Solvable[]>();
  for (const [solvable, { node, dependsOn }] of found) {
    const needed = new Set(
      packages.pool.dependencies(solvable, "requires").flatMap((dependency) => {
        const known = providers.get(dependency) ?? providersIn(packages.pool, dependency);
        providers.set(dependency, known);
        return known.filter((other) => other !== solvable && has(node, found.get(other)!.node));
      }),
    );
    dependsOn.push(...[...needed].map((other) => found.get(other)!));
  }
  return [...found.values()];
}
