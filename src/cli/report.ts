import { formatPosition, type Problem, RedpakError } from "../core/error.ts";
import { escapeText } from "../core/escape.ts";
import { EXIT, type ExitCode } from "../core/exit_code.ts";
import { jsonText } from "../core/json_text.ts";
import { type Style, styleFor } from "../view/style.ts";
import type { Output } from "./invocation.ts";
import { OutputClosed, writeMessage, writeOutput } from "./write.ts";

/** How to talk. */
export interface Manner {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: { readonly stdout: boolean; readonly stderr: boolean };
}

/** Prints what a command has to say. */
export function reportOutput(output: Output, manner: Manner): ExitCode {
  const warnings = output.warnings ?? [];
  if (manner.json) {
    const { kind, data } = output;
    writeOutput(jsonText({ schemaVersion: 1, kind, data, warnings }) + "\n");
  } else {
    if (!manner.quiet) warnings.forEach((warning) => writeMessage(problemText(warning, "warning", manner)));
    const text = output.text(styleFor(manner.color.stdout));
    if (text !== "") writeOutput(text + "\n");
  }
  return output.exit ?? EXIT.success;
}

/** Prints a warning at once: for commands that do not come back to print their output. */
export function reportWarning(warning: Problem, manner: Manner): void {
  if (!manner.quiet) writeMessage(problemText(warning, "warning", manner));
}

/**
 * Prints why a command failed.
 *
 * @param fallback the exit code where the error has none of its own
 */
export function reportError(error: unknown, manner: Manner, fallback: ExitCode): ExitCode {
  if (error instanceof OutputClosed) return EXIT.success;
  const failure = error instanceof RedpakError ? error : defect(error);
  writeMessage(
    manner.json ? jsonText(errorDocument(failure)) + "\n" : errorText(failure, manner),
  );
  return failure.exit === EXIT.failed ? fallback : failure.exit;
}

function errorText(error: RedpakError, manner: Manner): string {
  const problems = error.problems.length > 0 ? error.problems : [error];
  const said = new Set(problems.flatMap(({ hints }) => hints ?? []));
  const text = [
    ...problems.map((problem) => problemText(problem, "error", manner)),
    ...error.hints.filter((hint) => !said.has(hint)).map((hint) => hintText(hint, manner)),
  ].join("");
  const trace = manner.verbose && error.cause instanceof Error ? `${error.cause.stack ?? error.cause.message}\n` : "";
  return text + trace;
}

function problemText(problem: Problem, kind: "error" | "warning", { color }: Pick<Manner, "color">): string {
  const style: Style = styleFor(color.stderr);
  const head = kind === "error" ? style.red("redpak:") : `${style.yellow("redpak: warning:")}`;
  const lines = [`${head} ${escapeText(problem.message)}`];
  if (problem.where !== undefined) lines.push(`  configured at ${escapeText(formatPosition(problem.where))}`);
  lines.push(...(problem.because ?? []).map((reason) => `  - ${escapeText(reason)}`));
  return lines.join("\n") + "\n" + (problem.hints ?? []).map((hint) => hintText(hint, { color })).join("");
}

function hintText(hint: string, { color }: Pick<Manner, "color">): string {
  return `  ${styleFor(color.stderr).bold("hint:")} ${escapeText(hint)}\n`;
}

function errorDocument(error: RedpakError) {
  const causes: string[] = [];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) causes.push(cause.message);
  const { code, message, hints, errno, problems } = error;
  const where = error.where ?? null;
  return { schemaVersion: 1, kind: "Error", code, message, causes, hints, where, errno: errno ?? null, problems };
}

function defect(error: unknown): RedpakError {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof Deno.errors.NotCapable) {
    return new RedpakError({
      code: "E_INTERNAL_PERMISSION",
      message: `internal error: the command gave up a permission that it needs: ${text.replace(/, run again.*$/s, "")}`,
      hints: ["this is a defect of redpak: please report it with the command line and this message"],
      cause: error,
    });
  }
  return new RedpakError({
    code: "E_INTERNAL",
    message: `internal error: ${text}`,
    hints: ["this is a defect of redpak: please report it with the command line; -v shows where it happened"],
    cause: error,
  });
}
