import { formatPosition } from "../core/error.ts";
import { escapeText } from "../core/escape.ts";
import { showText } from "./_show_text.ts";
import { describeOperation } from "./describe_operation.ts";
import { type Operation, STARTS } from "./operation.ts";
import type { Plan } from "./plan.ts";

/**
 * The plan for a person to read: a line for each operation, in the order of execution, grouped by the process that does
 * it, with the configuration line that asked for it.
 */
export function renderPlan(plan: Plan): string {
  const output = [`plan of ${showText(plan.node)} (${showText(plan.alias)}${plan.admin ? ", admin" : ""})`];
  if (plan.pending.length > 0) {
    const lines = plan.pending.map(({ command, where }) => [showText(command), comment(where)]);
    output.push("", "before: commands of the configuration", ...alignColumns(lines));
  }
  const lines = plan.operations.map((operation) => {
    const { words, options } = describeOperation(operation);
    return [operation.operation, words, options, comment(operation.origin)];
  });
  const actors = plan.operations.map(actorOf);
  alignColumns(lines).forEach((line, index) => {
    if (actors[index] !== actors[index - 1]) output.push("", actors[index]!);
    output.push(line);
    const operation = plan.operations[index]!;
    if (operation.operation === "exec") output.push(...operation.environment.map((text) => `    ${showText(text)}`));
  });
  return output.join("\n") + "\n";
}

/** Who carries out the operation at `index`. */
function actorOf({ phase }: Operation, index: number, operations: readonly Operation[]): string {
  if (phase === "host") return "host phase: the launcher";
  const before = operations.slice(0, index).map(({ operation }) => operation);
  if (before.some((name) => STARTS.includes(name))) return "init phase: the program's process";
  return before.includes("clone") ? "init phase: the node's init" : "init phase: the supervisor";
}

function comment(where: Operation["origin"]): string {
  return where === undefined ? "" : `# ${escapeText(formatPosition(where))}`;
}

/** What is longer sticks out instead of pushing all others aside. */
const LONGEST_ALIGNED = 60;

function alignColumns(lines: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const line of lines) {
    line.forEach((cell, column) => {
      const width = countCharacters(cell);
      if (width <= LONGEST_ALIGNED) widths[column] = Math.max(widths[column] ?? 0, width);
    });
  }
  return lines.map((line) => {
    const cells = line.map((cell, column) =>
      cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - countCharacters(cell)))
    );
    return `  ${cells.join("  ")}`.trimEnd();
  });
}

function countCharacters(text: string): number {
  return [...text].length;
}
