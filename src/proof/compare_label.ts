import { formatPosition, type Problem } from "../core/error.ts";
import { quote } from "../core/quote.ts";
import { allowedValue, type Comparison, scalarPlace } from "./effective.ts";

/** Labels have no order that redpak could know: a descendant of a labelled node has the same label. */
export function compareLabel(comparison: Comparison): Problem[] {
  const { child, ancestor } = comparison;
  const label = ancestor.merged.scalars.smack?.value;
  const own = child.merged.scalars.smack?.value;
  if (label === undefined || own === label) return [];
  return [{
    code: "E_LOOSENED_SMACK",
    message: `Cannot run with ${own === undefined ? "no Smack label" : `the Smack label ${quote(own)}`}: it is ${
      quote(label)
    } by ${formatPosition(scalarPlace(ancestor, "smack"))}`,
    where: scalarPlace(child, "smack"),
    limit: scalarPlace(ancestor, "smack"),
    hints: [allowedValue("smack", quote(label), comparison)],
  }];
}
