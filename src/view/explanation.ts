import type { Explanation } from "../config/explanation.ts";
import { formatPosition, type Problem } from "../core/error.ts";
import { escapeText } from "../core/escape.ts";
import type { Style } from "./style.ts";
import { tableLines } from "./table.ts";

/**
 * An explanation for people: what comes out, what the files say in the order of precedence, and what a parent or the
 * host policy has against it.
 */
export function explanationText(explanation: Explanation, refused: readonly Problem[], style: Style): string {
  const { subject, value, statements } = explanation;
  const rows = statements.map(({ where, says, counts, because }) => {
    return [counts ? "*" : " ", says, `${counts ? "counts" : "does not count"}: ${because}`, formatPosition(where)];
  });
  const lines = tableLines(rows.map((row) => row.map(escapeText)));
  return [
    `${style.bold(escapeText(subject))}: ${value === null ? "nobody says anything" : escapeText(value)}`,
    ...lines.map((line, index) => statements[index]?.counts ? line : style.dim(line)),
    ...refused.map(({ message }) => style.red(`refused: ${escapeText(message)}`)),
  ].join("\n");
}
