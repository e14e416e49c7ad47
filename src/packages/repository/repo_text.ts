import type { Position, Problem } from "../../core/error.ts";
import { quote } from "../../core/quote.ts";

/** A piece of a value: what follows `=`, or one of the indented lines behind it. */
export interface RepoLine {
  readonly text: string;
  readonly where: Position;
}

export interface RepoEntry {
  readonly key: string;
  readonly where: Position;
  /** At least one; blank ones are left out but for the only one. */
  readonly lines: readonly RepoLine[];
}

export interface RepoSection {
  readonly id: string;
  readonly where: Position;
  readonly entries: readonly RepoEntry[];
}

/** What a `.repo` file says, before anybody asks what it means. */
export interface RepoText {
  readonly sections: readonly RepoSection[];
  readonly problems: readonly Problem[];
}

const SECTION = /^\[([^\]]*)\][ \t]*(?:[#;].*)?$/;
const ENTRY = /^([^=]*?)[ \t]*=[ \t]*(.*)$/;
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/**
 * Reads the line format of `.repo` files as dnf does: `[section]`, `key=value`, indented lines that continue a value,
 * lines that begin with `#` or `;` for people. What has no meaning is a problem, and hides no other.
 *
 * Readers of INI files at large take `;` and `#` in an address for the beginning of a comment and a dot in a section's
 * name for nesting, and know no positions; so this format has a reader of its own.
 *
 * @param file how positions name the file
 */
export function readRepoText(bytes: Uint8Array, file: string): RepoText {
  const reader = new Reader(file);
  splitLines(bytes).forEach((line, index) => reader.read(line, index + 1));
  return { sections: reader.sections, problems: reader.problems };
}

/** Line by line, so that bytes which are no text have a place. A byte order mark is taken away by the decoder. */
function splitLines(bytes: Uint8Array): (string | undefined)[] {
  const lines: (string | undefined)[] = [];
  for (let start = 0; start <= bytes.length;) {
    const found = bytes.indexOf(LINE_FEED, start);
    const end = found < 0 ? bytes.length : found;
    lines.push(decode(bytes.subarray(start, end)));
    start = end + 1;
  }
  return lines;
}

const LINE_FEED = 10;

function decode(line: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(line).replace(/\r$/, "");
  } catch {
    return undefined;
  }
}

type Growing<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer I)[] ? I[] : T[K] };

class Reader {
  readonly sections: RepoSection[] = [];
  readonly problems: Problem[] = [];
  #section: Growing<RepoSection> | undefined;
  /** The value that an indented line would continue. */
  #entry: Growing<RepoEntry> | undefined;

  constructor(private readonly file: string) {}

  read(line: string | undefined, number: number): void {
    const at = (column: number): Position => ({ file: this.file, line: number, column });
    if (line === undefined) return this.#refuse("it is not UTF-8 text", at(1));
    const control = line.replaceAll("\t", " ").search(CONTROL);
    if (control >= 0) return this.#refuse("it has a control character", at(control + 1));
    const start = line.search(/[^ \t]/);
    if (start < 0) return void (this.#entry = undefined);
    if (line[start] === "#" || line[start] === ";") return;
    if (start > 0) return this.#continue({ text: line.trim(), where: at(start + 1) });
    this.#entry = undefined;
    if (line.startsWith("[")) return this.#open(line, at);
    const [, key = "", value = ""] = ENTRY.exec(line) ?? [];
    if (key === "") return this.#refuse(`expected [REPOSITORY] or KEY=VALUE, found ${quote(line)}`, at(1));
    if (this.#section === undefined) {
      return this.#refuse(`${quote(key)} belongs to no repository`, at(1), "a line [REPOSITORY] comes first");
    }
    const first = { text: value.trim(), where: at(line.length - value.length + 1) };
    this.#entry = { key, where: at(1), lines: [first] };
    this.#section.entries.push(this.#entry);
  }

  #open(line: string, at: (column: number) => Position): void {
    const id = SECTION.exec(line)?.[1]?.trim();
    this.#section = { id: id ?? "", where: at(line.indexOf(id ?? "") + 1), entries: [] };
    if (id === undefined) this.#refuse(`expected [REPOSITORY], found ${quote(line)}`, at(1));
    else this.sections.push(this.#section);
  }

  #continue(line: RepoLine): void {
    if (this.#entry === undefined) {
      return this.#refuse(
        `${quote(line.text)} continues nothing`,
        line.where,
        "indented lines belong to the key above them: KEY=VALUE begins in the first column",
      );
    }
    // The first line of a list is often empty: `baseurl=`, and an address on each of the following.
    if (this.#entry.lines[0]?.text === "") this.#entry.lines.pop();
    this.#entry.lines.push(line);
  }

  #refuse(reason: string, where: Position, ...hints: string[]): void {
    this.problems.push({ code: "E_REPO_SYNTAX", message: `Cannot read "${this.file}": ${reason}`, where, hints });
  }
}
