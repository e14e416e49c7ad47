import { didYouMean } from "../../core/did_you_mean.ts";
import { type Position, RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";

/** Values of variables by name, without `$`. */
export type Variables = ReadonlyMap<string, string>;

/** As many levels of words within words as dnf reads. */
const DEPTH = 32;

const NAME = /[A-Za-z0-9_]+/y;

/**
 * Replaces variables as dnf does: `$name`, `${name}`, `${name:-word}` (the word where the variable is unset or empty),
 * `${name:+word}` (the word where it is not). Words may hold variables; `\$`, `\}` and `\\` stand for themselves. What a
 * variable holds is not read again.
 *
 * @throws {RedpakError} `E_REPO_VARIABLE` where a variable is unknown or a brace is not closed: dnf leaves the text as it
 * is then, and asks a server for something that nobody has written
 */
export function substitute(text: string, variables: Variables, where: Position): string {
  return new Substitution(text, variables, where).run();
}

class Substitution {
  #at = 0;

  constructor(
    private readonly text: string,
    private readonly variables: Variables,
    private readonly where: Position,
  ) {}

  run(): string {
    return this.#read(0);
  }

  /** @param depth in how many words; in a word, `}` ends it */
  #read(depth: number): string {
    if (depth > DEPTH) throw this.#refuse(`more than ${DEPTH} words within words`);
    let result = "";
    while (this.#at < this.text.length) {
      const character = this.text[this.#at]!;
      if (character === "}" && depth > 0) return result;
      if (character === "$") {
        result += this.#variable(depth);
        continue;
      }
      if (character === "\\" && /[$}\\]/.test(this.text[this.#at + 1] ?? "")) this.#at++;
      result += this.text[this.#at++]!;
    }
    return result;
  }

  #variable(depth: number): string {
    const start = this.#at;
    this.#at++;
    const braces = this.text[this.#at] === "{";
    if (braces) this.#at++;
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.text)?.[0];
    if (name === undefined) {
      if (braces) throw this.#refuse("the name of a variable is missing behind ${");
      return "$";
    }
    this.#at += name.length;
    if (!braces) return this.#value(name);
    const operator = this.text.slice(this.#at, this.#at + 2);
    const conditional = operator === ":-" || operator === ":+";
    if (conditional) this.#at += 2;
    const word = conditional ? this.#read(depth + 1) : undefined;
    if (this.text[this.#at] !== "}") {
      throw this.#refuse(`${quote(this.text.slice(start, this.#at + 1))} is not closed by a brace`);
    }
    this.#at++;
    if (word === undefined) return this.#value(name);
    const value = this.variables.get(name) ?? "";
    if (operator === ":-") return value === "" ? word : value;
    return value === "" ? "" : word;
  }

  #value(name: string): string {
    const value = this.variables.get(name);
    if (value !== undefined) return value;
    const meant = didYouMean(name, this.variables.keys());
    throw this.#refuse(
      `nothing says what $${name} is`,
      ...meant === undefined ? [] : [`did you mean $${meant}?`],
      HINTS[name] ?? `write its value into the file etc/dnf/vars/${name} of the node or of an ancestor`,
    );
  }

  #refuse(reason: string, ...hints: string[]): RedpakError {
    return new RedpakError({
      code: "E_REPO_VARIABLE",
      exit: EXIT.configuration,
      message: `Cannot replace the variables in ${quote(this.text)}: ${reason}`,
      where: this.where,
      hints,
    });
  }
}

const HINTS: Readonly<Record<string, string>> = {
  releasever: "it is the VERSION_ID of etc/os-release, or what the file etc/dnf/vars/releasever of the node says",
};
