const CONTEXT = 3;

interface Line {
  readonly mark: " " | "-" | "+";
  readonly text: string;
}

/**
 * What makes one text of the other, as diff(1) `-u` prints it and patch(1) reads it; empty where they are the same.
 *
 * @param name of the file
 */
export function unifiedDiff(name: string, before: string, after: string): string[] {
  if (before === after) return [];
  const lines = compareLines(splitLines(before), splitLines(after));
  return [`--- ${name}`, `+++ ${name}`, ...hunks(lines)];
}

/** Lines with their ends: the last may have none. */
function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/**
 * The shortest way from one text to the other (Myers, "An O(ND) Difference Algorithm"): it takes hardly more than reading
 * them where they hardly differ. `ends` says for each diagonal how far one gets with so many edits.
 */
function compareLines(before: readonly string[], after: readonly string[]): Line[] {
  const reached: Map<number, number>[] = [];
  let ends = new Map([[1, 0]]);
  for (let edits = 0;; edits++) {
    const next = new Map(ends);
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const down = isInsertion(ends, diagonal, edits);
      let x = down ? ends.get(diagonal + 1) ?? 0 : (ends.get(diagonal - 1) ?? 0) + 1;
      while (x < before.length && x - diagonal < after.length && before[x] === after[x - diagonal]) x++;
      next.set(diagonal, x);
      if (x >= before.length && x - diagonal >= after.length) return walkBack([...reached, ends], before, after);
    }
    reached.push(ends);
    ends = next;
  }
}

/** Whether the last edit on the way to a diagonal inserts a line. */
function isInsertion(ends: ReadonlyMap<number, number>, diagonal: number, edits: number): boolean {
  if (diagonal === -edits || diagonal === edits) return diagonal === -edits;
  return (ends.get(diagonal - 1) ?? -1) < (ends.get(diagonal + 1) ?? -1);
}

function walkBack(
  reached: readonly Map<number, number>[],
  before: readonly string[],
  after: readonly string[],
): Line[] {
  const lines: Line[] = [];
  let x = before.length;
  let y = after.length;
  for (let edits = reached.length - 1; edits >= 0; edits--) {
    const ends = reached[edits]!;
    const diagonal = x - y;
    const down = isInsertion(ends, diagonal, edits);
    const from = down ? diagonal + 1 : diagonal - 1;
    const startX = edits === 0 ? 0 : ends.get(from) ?? 0;
    const startY = edits === 0 ? 0 : startX - from;
    while (x > startX && y > startY) {
      lines.push({ mark: " ", text: before[--x]! });
      y--;
    }
    if (edits === 0) break;
    if (down) lines.push({ mark: "+", text: after[--y]! });
    else lines.push({ mark: "-", text: before[--x]! });
  }
  return lines.reverse();
}

function hunks(lines: readonly Line[]): string[] {
  const near = (at: number) =>
    lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ mark }) => mark !== " ");
  const result: string[] = [];
  let old = 1;
  let now = 1;
  for (let at = 0; at < lines.length;) {
    let end = at;
    while (end < lines.length && near(end)) end++;
    const hunk = lines.slice(at, end);
    const oldCount = hunk.filter(({ mark }) => mark !== "+").length;
    const nowCount = hunk.filter(({ mark }) => mark !== "-").length;
    if (hunk.length > 0) {
      result.push(`@@ -${range(old, oldCount)} +${range(now, nowCount)} @@`, ...hunk.flatMap(toText));
    }
    old += oldCount;
    now += nowCount;
    for (at = end; at < lines.length && !near(at); at++, old++, now++);
  }
  return result;
}

function range(start: number, count: number): string {
  return count === 1 ? String(start) : `${count === 0 ? start - 1 : start},${count}`;
}

function toText({ mark, text }: Line): string[] {
  return text.endsWith("\n") ? [mark + text.slice(0, -1)] : [mark + text, "\\ No newline at end of file"];
}
