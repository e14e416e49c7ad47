import type { Sourced } from "./merged.ts";
import type { ConfigFile, Family, Part, RedNode } from "./node.ts";
import { withProfile } from "./with_profile.ts";

/** One file of a family, as the merge comes by it. */
export interface Visit {
  readonly node: RedNode;
  readonly part: Part;
  readonly file: ConfigFile;
}

/** Leaf admin, leaf normal, parent admin, parent normal, …: the order of lists and lattices. */
export function visitNodes(family: Family, admin: boolean): readonly Visit[] {
  return family.flatMap((node): Visit[] => {
    const normal: Visit = { node, part: "normal", file: withProfile(node.normal) };
    if (!admin || node.admin === undefined) return [normal];
    return [{ node, part: "admin", file: withProfile(node.admin) }, normal];
  });
}

/** All admin files, leaf first, then all normal files: the order of values of which only one can count. */
export function visitParts(family: Family, admin: boolean): readonly Visit[] {
  const visits = visitNodes(family, admin);
  return [...visits.filter(({ part }) => part === "admin"), ...visits.filter(({ part }) => part === "normal")];
}

/**
 * What a definition met later, in the order of `visitNodes`, is to the one kept so far. It is all that the lattices
 * have in common:
 * - `duplicate` both stand in one file;
 * - `overrules` an ancestor's admin file speaks against a normal one;
 * - `yields` a normal file comes after an admin one;
 * - `redefined` an ancestor's file of the same part: the descendant's counts, if it may.
 */
export type Relation = "duplicate" | "overrules" | "yields" | "redefined";

export function relate(kept: Pick<Sourced<unknown>, "node" | "part">, met: typeof kept): Relation {
  if (kept.part !== met.part) return met.part === "admin" ? "overrules" : "yields";
  return kept.node === met.node ? "duplicate" : "redefined";
}
