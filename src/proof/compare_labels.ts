import { formatPosition, type Problem } from "../core/error.ts";
import { quote } from "../core/quote.ts";
import { type LabelKey, LABELS } from "../plan/labels.ts";
import { allowedValue, type Comparison, scalarPlace } from "./effective.ts";

/** Labels have no order that redpak could know: a descendant of a labelled node has the same label. */
export function compareLabels(comparison: Comparison): Problem[] {
  const { child, ancestor } = comparison;
  return (Object.keys(LABELS) as LabelKey[]).flatMap((key) => {
    const label = ancestor.merged.scalars[key]?.value;
    const own = child.merged.scalars[key]?.value;
    if (label === undefined || own === label) return [];
    const { noun } = LABELS[key];
    return [{
      code: `E_LOOSENED_${key.toUpperCase()}`,
      message: `Cannot run with ${own === undefined ? `no ${noun}` : `the ${noun} ${quote(own)}`}: it is ${
        quote(label)
      } by ${formatPosition(scalarPlace(ancestor, key))}`,
      where: scalarPlace(child, key),
      limit: scalarPlace(ancestor, key),
      hints: [allowedValue(key, quote(label), comparison)],
    }];
  });
}
