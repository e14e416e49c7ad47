import { IDS_PER_NODE, overlapsNodes } from "./id_range.ts";

/** A line of subuid(5) or subgid(5): ids of the host that a user may map. */
export interface SubordinateRange {
  /** Name or number of the user. */
  readonly owner: string;
  readonly first: number;
  readonly count: number;
}

/** The last id that there is; the one behind it means "none". */
const LAST_ID = 2 ** 32 - 2;

/**
 * @returns the ranges in the order of the file, and what is wrong with the first line that is none, with its number: newuidmap(1) passes
 * over such lines, so what they were meant to be is nothing to guess
 */
export function parseSubordinateIds(
  text: string,
): { readonly ranges: readonly SubordinateRange[]; readonly wrong?: string } {
  const ranges: SubordinateRange[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const [, owner = "", first, count] = /^([^:\s#]+):(0|[1-9]\d{0,9}):([1-9]\d{0,9})$/.exec(line) ?? [];
    const range = { owner, first: Number(first), count: Number(count) };
    if (owner === "" || range.first + range.count - 1 > LAST_ID) {
      return { ranges, wrong: `line ${index + 1} is not USER:FIRST:COUNT` };
    }
    ranges.push(range);
  }
  return { ranges };
}

/** Where shadow begins to hand out ids, and where it ends (login.defs(5), SUB_UID_MIN and SUB_UID_MAX). */
const [SHADOW_FIRST, SHADOW_LAST] = [100_000, 600_100_000];

/** The first id of a range for one more user, behind those of all others; undefined where there is no place. */
export function freeRange(ranges: readonly SubordinateRange[]): number | undefined {
  const first = Math.max(SHADOW_FIRST, ...ranges.map(({ first, count }) => first + count));
  return first + IDS_PER_NODE - 1 <= SHADOW_LAST ? first : undefined;
}

/**
 * The first range of a user that holds as many ids as a node has. One with the root of the machine, the user or the ids of nodes
 * that root launches is none.
 */
export function chooseRange(
  ranges: readonly SubordinateRange[],
  { uid, name }: { readonly uid: number; readonly name: string | undefined },
): SubordinateRange | undefined {
  return ranges.find(({ owner, first, count }) =>
    (owner === name || owner === String(uid)) && count >= IDS_PER_NODE && first > 0 &&
    !(uid >= first && uid - first < count) && !overlapsNodes(first, count)
  );
}
