import { RPMSENSE } from "../../../ffi/librpm/constants.ts";
import type { Relation } from "./package_scripts.ts";

/** Negative, 0 or positive, as rpmvercmp(3). */
export type CompareVersions = (one: string, other: string) => number;

const COMPARED = RPMSENSE.LESS | RPMSENSE.GREATER | RPMSENSE.EQUAL;

/**
 * Whether there is a version that both mean: the rule of `rpmdsCompare` in librpm, which leaves a release out that only
 * one of them has, and takes an epoch of 0 for none.
 */
export function matchesTrigger(provided: Relation, wanted: Relation, compare: CompareVersions): boolean {
  if (provided.name !== wanted.name) return false;
  if ((provided.flags & COMPARED) === 0 || (wanted.flags & COMPARED) === 0) return true;
  if (provided.version === "" || wanted.version === "") return true;
  const has = (relation: Relation, flag: number) => (relation.flags & flag) !== 0;
  const both = (flag: number) => has(provided, flag) && has(wanted, flag);
  const order = compareEvr(splitEvr(provided.version), splitEvr(wanted.version), compare);
  if (order < 0) return has(provided, RPMSENSE.GREATER) || has(wanted, RPMSENSE.LESS);
  if (order > 0) return has(provided, RPMSENSE.LESS) || has(wanted, RPMSENSE.GREATER);
  return both(RPMSENSE.EQUAL) || both(RPMSENSE.LESS) || both(RPMSENSE.GREATER);
}

interface Evr {
  readonly epoch: string;
  readonly version: string;
  readonly release: string;
}

function splitEvr(text: string): Evr {
  const [, epoch = "0", version = "", release = ""] = /^(?:(\d*):)?(.*?)(?:-([^-]*))?$/s.exec(text) ?? [];
  return { epoch: epoch === "" ? "0" : epoch, version, release };
}

function compareEvr(one: Evr, other: Evr, compare: CompareVersions): number {
  const order = compare(one.epoch, other.epoch) || compare(one.version, other.version);
  if (order !== 0 || one.release === "" || other.release === "") return order;
  return compare(one.release, other.release);
}
