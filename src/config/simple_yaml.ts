import { type Entry, MAX_DEPTH, MAX_NODES, type Tree } from "./yaml_tree.ts";

/*
 * The start of a program waits for this reader, whose code runs for the first time then. So regular expressions, which
 * are not slow at first, go over the letters. Each looks for one thing at one place; each line ends with a line feed.
 */

/** What a plain scalar may begin with. */
const FIRST = String.raw`(?:[^ \n\-?:,[\]{}#&*!|>'"%@\x60]|-(?=[^ \n\-,[\]{}]))`;
const PLAIN = plain("");
const PLAIN_IN_FLOW = plain(String.raw`,[\]{}`);
const DOUBLE_QUOTED = /"(?:[^"\\\n]|\\["\\/nt])*"/y;
const SINGLE_QUOTED = /'(?:[^'\n]|'')*'/y;
/** All keys of the format are words. */
const KEY = /[A-Za-z][\w-]{0,100}(?=:[ \n])/y;
const COLON = /: */y;
const DASH = /- +/y;
const REST_OF_LINE = / *(?:(?<= )#[^\n]*)?\n/y;
/** Lines without content, and the indentation of the next one. */
const INDENTATION = /(?: *(?:#[^\n]*)?\n)* */y;
const SPACE_IN_FLOW = /[ \n]*/y;

/** Words on one line: none of them begins with `#` or ends with `:`. */
function plain(excluded: string): RegExp {
  const letter = String.raw`(?:[^ \n:${excluded}]|:(?![ \n${excluded}]))`;
  return new RegExp(`${FIRST}${letter}*(?: +(?!#)${letter}+)*`, "y");
}

const GIVE_UP = Symbol();

/**
 * Reads the part of YAML that people write in files of redpak, at a fraction of the time that the whole language takes:
 * lists and mappings in block and flow style, plain and quoted texts on one line, comments.
 *
 * INVARIANT: it reads less than `readYaml`, and nothing differently: its trees are the same, offsets included. What might
 * be wrong or mean something else is not understood here, so that `readYaml` alone decides about it.
 *
 * @param text as `readText` returns it
 * @returns `undefined` where it does not understand the text
 */
export function readSimpleYaml(text: string): Tree | undefined {
  if (/[\t\r]/.test(text)) return undefined;
  try {
    return new Reader(text).document();
  } catch (error) {
    if (error !== GIVE_UP) throw error;
  }
}

class Reader {
  readonly #text: string;
  /** Offset of what comes next. */
  #at = 0;
  #lineStart = 0;
  /** Indentation of the first line that is not read yet; -1 when there is none. Of use only between two lines. */
  #column = -1;
  #depth = 0;
  #nodes = 0;

  constructor(text: string) {
    this.#text = text + "\n";
  }

  document(): Tree {
    this.#nextLine();
    const tree = this.#block();
    // A line that is indented like nothing above it continues a text, or is a mistake: every list and mapping ends there.
    if (this.#column !== -1) throw GIVE_UP;
    return tree;
  }

  /** The list or mapping that begins here, after the indentation or after a dash. */
  #block(): Tree {
    return this.#is(DASH) ? this.#list() : this.#mapping();
  }

  #list(): Tree {
    const at = this.#at;
    const column = at - this.#lineStart;
    const items: Tree[] = [];
    this.#enter();
    do {
      this.#take(DASH);
      items.push(this.#is(DASH) || this.#is(KEY) ? this.#block() : this.#valueOnLine(column));
    } while (this.#column === column && this.#is(DASH));
    this.#depth--;
    return { kind: "list", at, items };
  }

  #mapping(): Tree {
    const at = this.#at;
    const column = at - this.#lineStart;
    const entries: Entry[] = [];
    this.#enter();
    do {
      entries.push({ at: this.#at, key: this.#key(), value: this.#valueOfKey(column) });
    } while (this.#column === column);
    this.#depth--;
    return { kind: "mapping", at, entries };
  }

  #key(): string {
    const key = this.#take(KEY);
    this.#take(COLON);
    this.#count();
    return key;
  }

  #valueOfKey(column: number): Tree {
    const at = this.#at;
    if (!this.#is(REST_OF_LINE)) return this.#valueOnLine(column);
    this.#endLine();
    // The dashes of a list may stand right below the key.
    if (this.#column > column || this.#column === column && this.#is(DASH)) return this.#block();
    this.#count();
    return { kind: "text", at, text: "" };
  }

  #valueOnLine(column: number): Tree {
    const value = this.#value(column, PLAIN);
    this.#endLine();
    return value;
  }

  /** @param column of the list or mapping in block style around it: further lines are indented deeper */
  #value(column: number, plain: RegExp): Tree {
    const at = this.#at;
    switch (this.#text[at]) {
      case "{":
        return { kind: "mapping", at, entries: this.#flow("}", column, () => this.#entryInFlow(column)) };
      case "[":
        return { kind: "list", at, items: this.#flow("]", column, () => this.#value(column, PLAIN_IN_FLOW)) };
    }
    this.#count();
    return { kind: "text", at, text: this.#scalar(plain) };
  }

  #flow<T>(close: string, column: number, readItem: () => T): T[] {
    const items: T[] = [];
    this.#enter();
    for (let more = true; more;) {
      this.#at++;
      this.#skipInFlow(column);
      if (this.#text[this.#at] === close) break;
      items.push(readItem());
      this.#skipInFlow(column);
      more = this.#text[this.#at] === ",";
    }
    if (this.#text[this.#at++] !== close) throw GIVE_UP;
    this.#depth--;
    return items;
  }

  #entryInFlow(column: number): Entry {
    const at = this.#at;
    const key = this.#key();
    this.#skipInFlow(column);
    return { key, at, value: this.#value(column, PLAIN_IN_FLOW) };
  }

  #scalar(plain: RegExp): string {
    switch (this.#text[this.#at]) {
      case '"':
        // The escape sequences that are left mean in JSON what they do in YAML.
        return JSON.parse(this.#take(DOUBLE_QUOTED));
      case "'":
        return this.#take(SINGLE_QUOTED).slice(1, -1).replaceAll("''", "'");
      default:
        return this.#take(plain);
    }
  }

  #enter(): void {
    this.#count();
    if (++this.#depth > MAX_DEPTH) throw GIVE_UP;
  }

  #count(): void {
    if (++this.#nodes > MAX_NODES) throw GIVE_UP;
  }

  #endLine(): void {
    this.#take(REST_OF_LINE);
    this.#nextLine();
  }

  #nextLine(): void {
    this.#take(INDENTATION);
    this.#lineStart = this.#text.lastIndexOf("\n", this.#at - 1) + 1;
    this.#column = this.#at === this.#text.length ? -1 : this.#at - this.#lineStart;
  }

  #skipInFlow(column: number): void {
    const from = this.#at;
    this.#take(SPACE_IN_FLOW);
    const lineStart = this.#text.lastIndexOf("\n", this.#at - 1) + 1;
    if (lineStart > from && this.#at - lineStart <= column) throw GIVE_UP;
  }

  #is(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }

  #take(pattern: RegExp): string {
    const from = this.#at;
    if (!this.#is(pattern)) throw GIVE_UP;
    this.#at = pattern.lastIndex;
    return this.#text.slice(from, this.#at);
  }
}
