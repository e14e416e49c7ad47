import { type Position, type Problem, RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import type { Fix } from "../core/fix.ts";

/** More than anybody reads; it bounds the time that a file made of nothing but mistakes can take. */
const MOST = 100;

/** What is wrong with one file, collected so that all of it is reported at once. */
export class Findings {
  readonly file: string;
  readonly #text: string;
  readonly #found: (Problem & { readonly where: Position })[] = [];
  #starts: number[] | undefined;
  #more = false;

  /** @param text what offsets count in; without byte order mark. */
  constructor(file: string, text: string) {
    this.file = file;
    this.#text = text;
  }

  /** Position of an offset in UTF-16 units; an offset beyond the end stands for the end. */
  at(offset: number): Position {
    const starts = this.#starts ??= lineStarts(this.#text);
    const place = Math.max(0, Math.min(offset, this.#text.length));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= place) low = middle;
      else high = middle - 1;
    }
    return { file: this.file, line: low + 1, column: place - starts[low]! + 1 };
  }

  /** Records that `object`, a path of keys or the file itself, cannot be read for `reason`. */
  add(code: string, offset: number, object: string, reason: string, hints: readonly string[] = [], fix?: Fix): void {
    if (this.#found.length === MOST) {
      this.#more = true;
      return;
    }
    const problem = { code, message: `Cannot read "${object}": ${reason}`, where: this.at(offset), hints };
    this.#found.push(fix === undefined ? problem : { ...problem, fix });
  }

  /** As {@link add}, for what makes reading on pointless. */
  fail(code: string, offset: number, object: string, reason: string, hints?: readonly string[]): never {
    this.add(code, offset, object, reason, hints);
    return this.#throw();
  }

  /** @throws {RedpakError} `E_CONFIG` with everything found so far, in the order of the text; if anything was. */
  check(): void {
    if (this.#found.length > 0) this.#throw();
  }

  #throw(): never {
    const problems = this.#found.toSorted((a, b) => a.where.line - b.where.line || a.where.column - b.where.column);
    const single = problems.length === 1 ? problems[0] : undefined;
    throw new RedpakError({
      code: "E_CONFIG",
      exit: EXIT.configuration,
      message: single?.message ??
        `Cannot read "${this.file}": ${this.#more ? "more than " : ""}${problems.length} problems`,
      where: single?.where,
      hints: single?.hints,
      fix: single?.fix,
      problems,
    });
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
  return starts;
}
