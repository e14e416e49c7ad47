/**
 * Compares names as people number things, `node2` before `node10`; otherwise by code units. Equal are only texts that are
 * the same.
 */
export function compareNatural(one: string, other: string): number {
  const [ones, others] = [one.split(DIGITS), other.split(DIGITS)];
  for (let index = 0; index < Math.min(ones.length, others.length); index++) {
    // Every second part is a number.
    const compare = index % 2 === 0 ? compareText : compareDigits;
    const order = compare(ones[index]!, others[index]!);
    if (order !== 0) return order;
  }
  return ones.length - others.length || compareText(one, other);
}

const DIGITS = /(\d+)/;

/** Of any length: the longer one is the greater, apart from leading zeros. */
function compareDigits(one: string, other: string): number {
  const [left, right] = [one.replace(/^0+/, ""), other.replace(/^0+/, "")];
  return left.length - right.length || compareText(left, right);
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
