import { formatPosition, type Problem } from "../core/error.ts";
import { allowedValue, type Comparison, scalarPlace } from "./effective.ts";

/** The lower, the less likely to be killed. Who says nothing has the launcher's, which nobody may go below unasked. */
export function compareOomScore(comparison: Comparison): Problem[] {
  const { child, ancestor } = comparison;
  const mine = child.merged.scalars["oom-score"]?.value ?? 0;
  const theirs = ancestor.merged.scalars["oom-score"]?.value ?? 0;
  if (mine >= theirs) return [];
  return [{
    code: "E_LOOSENED_OOM_SCORE",
    message: `Cannot set oom-score to ${mine}: ${theirs} by ${formatPosition(scalarPlace(ancestor, "oom-score"))}`,
    where: scalarPlace(child, "oom-score"),
    hints: [allowedValue("oom-score", `${theirs} or more`, comparison)],
  }];
}
