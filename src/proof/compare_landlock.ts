import { formatPosition, type Problem } from "../core/error.ts";
import { chooseLandlock, type LandlockChoice } from "../plan/landlock.ts";
import { allowedValue, type Comparison, scalarPlace } from "./effective.ts";

/**
 * Off, then whatever the kernel has, then one version after the other. A default that depends on a capability is no
 * setting of its own: whether the child may have that capability is judged where capabilities are.
 */
export function compareLandlock(comparison: Comparison): Problem[] {
  const { child, ancestor } = comparison;
  const mine = chooseLandlock(child.merged, child.capabilities);
  const theirs = chooseLandlock(ancestor.merged, child.capabilities);
  if (strength(mine) >= strength(theirs)) return [];
  const isVersion = theirs.minimum > 1 && mine.mode !== "off";
  const key = isVersion ? "landlock-abi" : "landlock";
  const limit = isVersion ? theirs.minimum : theirs.mode;
  return [{
    code: "E_LOOSENED_LANDLOCK",
    message: `Cannot set ${key} to ${isVersion ? mine.minimum : mine.mode}: ${limit} by ${
      formatPosition(scalarPlace(ancestor, key))
    }`,
    where: scalarPlace(child, key),
    hints: [allowedValue(key, limit, comparison)],
  }];
}

function strength({ mode, minimum }: LandlockChoice): number {
  return mode === "off" ? -1 : minimum;
}
