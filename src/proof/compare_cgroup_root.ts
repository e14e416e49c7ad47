import { formatPosition, type Problem } from "../core/error.ts";
import { quote } from "../core/quote.ts";
import { type Comparison, scalarPlace } from "./effective.ts";

/**
 * The kernel holds a child to the limits of the groups that its own is in: elsewhere in the tree it would have copies of
 * its ancestors' groups for itself.
 */
export function compareCgroupRoot({ child, ancestor }: Comparison): Problem[] {
  const own = child.merged.scalars.cgrouproot;
  const limit = ancestor.merged.scalars.cgrouproot;
  const isLimited = ancestor.merged.cgroups.some(({ value }) => Object.keys(value).length > 0);
  if (own?.value === limit?.value || !isLimited) return [];
  const place = ancestor.merged.cgroups.find(({ value }) => Object.keys(value).length > 0)?.where ??
    scalarPlace(ancestor, "cgrouproot");
  return [{
    code: "E_LOOSENED_CGROUPROOT",
    message: `Cannot use ${own === undefined ? "the launcher's group" : `the group ${quote(own.value)}`}: ${
      limit === undefined ? "the launcher's" : quote(limit.value)
    } has the limits of ${formatPosition(place)}`,
    where: scalarPlace(child, "cgrouproot"),
    limit: place,
    hints: ["cgrouproot can be left out here"],
  }];
}
