import type { Holder } from "../database/holders.ts";
import { formatNevra, type Nevra } from "../database/installed_package.ts";
import { packageMatcher } from "../database/match_pattern.ts";
import { findMaterials, type Material } from "./find_materials.ts";

/** A package in a node. */
export interface Link {
  readonly node: string;
  readonly package: Nevra;
}

/** Why a package is there: each link is needed by the next, the last one somebody has asked for, or nobody needs it. */
export interface PackageReason {
  /** The package itself is the first. */
  readonly chain: readonly [Link, ...Link[]];
  /** Whether somebody has asked for the last one; undefined where nobody has written that down. */
  readonly isAsked: boolean | undefined;
  /** How many packages need the package directly. */
  readonly dependents: number;
}

/**
 * Why packages are where they are: the shortest way from each to a package that somebody has asked for.
 *
 * @param word name of a package, also with version, release and architecture, or a pattern
 * @param family directories of a node and its ancestors: the packages that are meant are theirs
 * @param holders of those, and of nodes inside that may need them
 * @param isAsked whether somebody has asked for a package of a node, by its name; undefined where that is not known
 */
export function explainPackage(
  word: string,
  family: readonly string[],
  holders: readonly Holder[],
  isAsked: (node: string, name: string) => boolean | undefined,
): PackageReason[] {
  const isMeant = packageMatcher([word]);
  const materials = findMaterials(holders);
  const dependents = new Map<Material, Material[]>(materials.map((one) => [one, []]));
  for (const one of materials) for (const other of one.dependsOn) dependents.get(other)?.push(one);
  for (const found of dependents.values()) found.sort((a, b) => compare(labelOf(a), labelOf(b)));
  const askedFor = (one: Material) => isAsked(one.node, one.package.name);
  return materials.filter((one) => family.includes(one.node) && isMeant(one.package)).map((target) => {
    const chain = wayUp(target, dependents, (one) => askedFor(one) === true);
    const last = chain.at(-1)!;
    return {
      chain: chain.map(linkOf) as [Link, ...Link[]],
      isAsked: askedFor(last),
      dependents: dependents.get(target)!.length,
    };
  });
}

/** The shortest way to a package that was asked for; where there is none, to one that nobody needs. */
function wayUp(
  target: Material,
  dependents: ReadonlyMap<Material, readonly Material[]>,
  isAsked: (one: Material) => boolean,
): Material[] {
  const cameFrom = new Map<Material, Material | undefined>([[target, undefined]]);
  const wayTo = (one: Material): Material[] => {
    const before = cameFrom.get(one);
    return before === undefined ? [one] : [...wayTo(before), one];
  };
  // A map that grows is iterated to its new end: breadth first.
  for (const [one] of cameFrom) {
    if (isAsked(one)) return wayTo(one);
    for (const other of dependents.get(one)!) if (!cameFrom.has(other)) cameFrom.set(other, one);
  }
  const end = [...cameFrom.keys()].find((one) => dependents.get(one)!.length === 0);
  return end === undefined ? [target] : wayTo(end);
}

function linkOf({ node, package: { name, evr, arch } }: Material): Link {
  return { node, package: { name, evr, arch } };
}

const labelOf = (one: Material): string => `${one.node} ${formatNevra(one.package)}`;

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
