import { formatPosition, type Position, RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { quote } from "../core/quote.ts";
import { utf8Length } from "./_utf8.ts";
import { lookUpVariable, type VariableContext } from "./expand_variables.ts";
import type { CommandOutputs } from "./facts.ts";
import type { Expanded, PendingCommand } from "./merged.ts";

export interface ExpansionContext extends Omit<VariableContext, "occurrence"> {
  /** What the commands that have been run printed. */
  readonly outputs: CommandOutputs;
  /** Whether `$(…)` is a command here; where it is not, it stands for nothing. */
  readonly commands: boolean;
}

/** Bounds that no honest configuration meets: bytes of a result, variables within variables, characters read. */
const LIMITS = { bytes: 4096, depth: 32, read: 1 << 18 } as const;

/** What `$` may be followed by: possibly nothing, then the `$` just vanishes (there is no `${NAME}`). */
const NAME = /[0-9A-Za-z_]*/y;

/**
 * Replaces `$NAME` and `$(command)` in a text of the configuration; `\$` stands for `$`.
 *
 * A known output is inserted whole, its final newline included: configurations rely on it. Pure: a command that
 * has not been run stays as `$(command)` and is listed as pending.
 *
 * @throws RedpakError `E_EXPAND_CYCLE` for a variable that contains itself, `E_EXPAND_LIMIT` for a result that is too
 * long or too deep, `E_EXPAND_EMPTY` for a command that printed nothing.
 */
export function expand(text: string, where: Position, context: ExpansionContext): Expanded {
  const expansion = new Expansion(text, where, context);
  return { text: expansion.expand(text, context.commands, []), pending: expansion.pending };
}

class Expansion {
  readonly pending: PendingCommand[] = [];
  /** Bounds the work, which variables that double each other would let grow without a longer result. */
  #read = 0;
  readonly #whole: string;
  readonly #where: Position;
  readonly #context: ExpansionContext & VariableContext;

  constructor(whole: string, where: Position, context: ExpansionContext) {
    this.#whole = whole;
    this.#where = where;
    let occurrences = 0;
    this.#context = { ...context, occurrence: () => `${formatPosition(where)} ${occurrences++}` };
  }

  /** `chain` holds the variables whose text is being expanded, the outermost first. */
  expand(text: string, commands: boolean, chain: readonly string[]): string {
    this.#read += text.length;
    if (this.#read > LIMITS.read) throw this.#tooMuch("its variables have too much text");
    const closing = closingParentheses(text);
    let result = "";
    let at = 0;
    // The text of a pending command says nothing about the length of its output.
    let pendingBytes = 0;
    for (let dollar = text.indexOf("$"); dollar >= 0; dollar = text.indexOf("$", at)) {
      if (text[dollar - 1] === "\\") {
        result += text.slice(at, dollar - 1) + "$";
        at = dollar + 1;
        continue;
      }
      result += text.slice(at, dollar);
      const end = closing.get(dollar + 1);
      if (end !== undefined) {
        if (commands) {
          const before = this.pending.length;
          const output = this.#command(text.slice(dollar + 2, end), chain);
          if (this.pending.length > before) pendingBytes += utf8Length(output);
          result += output;
        }
        at = end + 1;
      } else {
        NAME.lastIndex = dollar + 1;
        const name = NAME.exec(text)?.[0] ?? "";
        result += name === "" ? "" : this.#variable(name, chain);
        at = dollar + 1 + name.length;
      }
      if (result.length - pendingBytes > LIMITS.bytes) break;
    }
    result += text.slice(at);
    if (utf8Length(result) - pendingBytes > LIMITS.bytes) {
      throw this.#tooMuch(`the result is longer than ${LIMITS.bytes} bytes`);
    }
    return result;
  }

  #variable(name: string, chain: readonly string[]): string {
    const inner = [...chain, name];
    if (chain.includes(name)) {
      throw this.#failure("E_EXPAND_CYCLE", `it contains itself: ${inner.map((each) => `$${each}`).join(" -> ")}`);
    }
    if (inner.length > LIMITS.depth) throw this.#tooMuch(`variables contain each other ${LIMITS.depth} levels deep`);
    const variable = lookUpVariable(name, this.#context);
    return variable.final ? variable.text : this.expand(variable.text, false, inner);
  }

  #command(raw: string, chain: readonly string[]): string {
    const command = this.expand(raw, false, chain);
    const output = this.#context.outputs.get(command);
    if (output === undefined) {
      this.pending.push({ command, use: "substitution", where: this.#where });
      return `$(${command})`;
    }
    if (output === "") throw this.#failure("E_EXPAND_EMPTY", `the command ${quote(command)} printed nothing`);
    return output;
  }

  #tooMuch(reason: string): RedpakError {
    return this.#failure("E_EXPAND_LIMIT", reason);
  }

  #failure(code: string, reason: string): RedpakError {
    return new RedpakError({
      code,
      message: `Cannot expand ${quote(this.#whole)}: ${reason}`,
      where: this.#where,
      exit: EXIT.configuration,
    });
  }
}

/** Index of the `)` for each `(` that has one. Counted, not parsed: quotes and backslashes hide no parenthesis. */
function closingParentheses(text: string): ReadonlyMap<number, number> {
  const closing = new Map<number, number>();
  if (!text.includes("$(")) return closing;
  const open: number[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "(") open.push(at);
    else if (text[at] === ")") {
      const start = open.pop();
      if (start !== undefined) closing.set(start, at);
    }
  }
  return closing;
}
