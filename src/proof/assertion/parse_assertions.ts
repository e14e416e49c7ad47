import { didYouMean } from "../../core/did_you_mean.ts";
import { type Position, type Problem, RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { normalizePath } from "../../core/path.ts";
import { quote } from "../../core/quote.ts";
import type { Assertion, NodeSelection } from "./assertion.ts";
import { type VerbName, VERBS } from "./verbs.ts";

/** What a rule looks like, for messages. */
export const GRAMMAR = "no node | every node | node NAME,… | only node NAME,…  [in DIR] [but NAME,…]  may VERB OBJECT";

/**
 * Reads rules, one in each line; empty lines and what follows `#` at the beginning of a word do not count.
 *
 * @param file what positions name
 * @throws {RedpakError} `E_ASSERTION` with every line that is no rule
 */
export function parseAssertions(text: string, file: string): Assertion[] {
  const problems: Problem[] = [];
  const assertions = text.split("\n").flatMap((line, index): Assertion[] => {
    const words = wordsOf(line);
    if (words.length === 0) return [];
    const parser = new Parser(words, { file, line: index + 1, column: line.length + 1 });
    try {
      return [parser.rule(words.map(({ text }) => text).join(" "))];
    } catch (error) {
      if (!(error instanceof RedpakError)) throw error;
      problems.push(error);
      return [];
    }
  });
  const [first] = problems;
  if (first === undefined) return assertions;
  const { code, message, where, hints } = first;
  throw new RedpakError({ code, message, where, hints, exit: EXIT.configuration, problems });
}

interface Word {
  readonly text: string;
  /** From 1. */
  readonly column: number;
}

function wordsOf(line: string): Word[] {
  const words = [...line.matchAll(/\S+/g)].map((match) => ({ text: match[0], column: match.index + 1 }));
  const comment = words.findIndex(({ text }) => text.startsWith("#"));
  return comment < 0 ? words : words.slice(0, comment);
}

class Parser {
  #at = 0;

  constructor(private readonly words: readonly Word[], private readonly end: Position) {}

  rule(text: string): Assertion {
    const where = { ...this.end, column: this.words[0]!.column };
    const { quantifier, among, exceptions } = this.#subject();
    const within = this.#option("in") ? this.#path() : undefined;
    const but = [...exceptions, ...this.#option("but") ? this.#names() : []];
    this.#expect("may");
    const verb = this.#verb();
    const object = this.#object(verb);
    if (this.#peek() !== undefined) throw this.#error(`expected nothing after ${quote(object)}`);
    const nodes: NodeSelection = {
      but,
      ...among === undefined ? {} : { among },
      ...within === undefined ? {} : { within },
    };
    return { text, where, quantifier, nodes, verb, object };
  }

  #subject(): { quantifier: Assertion["quantifier"]; among?: string[]; exceptions: string[] } {
    if (this.#option("no")) return this.#expect("node"), { quantifier: "no", exceptions: [] };
    if (this.#option("every")) return this.#expect("node"), { quantifier: "every", exceptions: [] };
    if (this.#option("only")) return this.#expect("node"), { quantifier: "no", exceptions: this.#names() };
    if (this.#option("node")) return { quantifier: "every", among: this.#names(), exceptions: [] };
    throw this.#error("expected no node, every node, only node or node");
  }

  /** Names may be separated by spaces as well, as long as there are commas. */
  #names(): string[] {
    const names: string[] = [];
    for (let more = true; more;) {
      const word = this.#take("the name of a node");
      names.push(...word.split(",").filter((name) => name !== ""));
      more = word.endsWith(",") || this.#peek()?.startsWith(",") === true;
    }
    if (names.length === 0) throw this.#error("expected the name of a node");
    return names.map((name) => name.startsWith("/") ? normalizePath(name) : name);
  }

  #path(): string {
    const path = this.#take("a directory");
    if (!path.startsWith("/")) throw this.#error(`${quote(path)} is no absolute path`, -1);
    return normalizePath(path);
  }

  #verb(): VerbName {
    const word = this.#take("a verb");
    const names = Object.keys(VERBS);
    if (names.includes(word)) return word as VerbName;
    const meant = didYouMean(word, names);
    const hint = meant === undefined ? `verbs are ${names.join(", ")}` : `did you mean ${meant}?`;
    throw this.#error(`${quote(word)} is no verb`, -1, hint);
  }

  #object(verb: VerbName): string {
    const { object: kind, problem } = VERBS[verb];
    const word = this.#take(kind);
    const reason = problem(word);
    if (reason !== undefined) throw this.#error(`${quote(word)} ${reason}`, -1);
    return word.startsWith("/") ? normalizePath(word) : word;
  }

  #peek(): string | undefined {
    return this.words[this.#at]?.text;
  }

  #option(word: string): boolean {
    if (this.#peek() !== word) return false;
    this.#at++;
    return true;
  }

  #expect(word: string): void {
    if (!this.#option(word)) throw this.#error(`expected ${word}`);
  }

  #take(what: string): string {
    const word = this.#peek();
    if (word === undefined) throw this.#error(`expected ${what}`);
    this.#at++;
    return word;
  }

  /** @param back words before the next one that it is about */
  #error(reason: string, back = 0, hint = `a rule is: ${GRAMMAR}`): RedpakError {
    const word = this.words[this.#at + back];
    return new RedpakError({
      code: "E_ASSERTION",
      exit: EXIT.configuration,
      message: `Cannot read the rule: ${reason}`,
      where: { ...this.end, column: word?.column ?? this.end.column },
      hints: [hint],
    });
  }
}
