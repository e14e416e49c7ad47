/** Rows as lines with aligned columns, two spaces apart; nothing is cut off. Pass text without escape codes. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => widths[at] = Math.max(widths[at] ?? 0, width(cell)));
  return rows.map((row) =>
    row.map((cell, at) => at === row.length - 1 ? cell : padded(cell, widths[at]!)).join("  ").trimEnd()
  );
}

const NOT_ASCII = /[\u0080-\u{10ffff}]/u;

/** Characters, not UTF-16 units. */
function width(text: string): number {
  return NOT_ASCII.test(text) ? [...text].length : text.length;
}

function padded(text: string, to: number): string {
  return text.padEnd(to + text.length - width(text));
}
