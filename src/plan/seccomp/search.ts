import { FAR, ifAtLeast, type Instruction, skip } from "./instruction.ts";

/** What is done for a number in the accumulator from `from` on, up to the next range. */
export interface Range {
  readonly from: number;
  readonly code: readonly Instruction[];
}

/** Binary search: as many comparisons as the number of ranges has bits. There is one range at least, ascending by `from`. */
export function search(ranges: readonly Range[]): readonly Instruction[] {
  const middle = ranges.length >> 1;
  const first = ranges[middle]!;
  if (middle === 0) return first.code;
  const below = search(ranges.slice(0, middle));
  const above = search(ranges.slice(middle));
  const jump = below.length <= FAR
    ? [ifAtLeast(first.from, below.length, 0)]
    : [ifAtLeast(first.from, 0, 1), skip(below.length)];
  return [...jump, ...below, ...above];
}
