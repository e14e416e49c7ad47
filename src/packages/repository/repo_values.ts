import { type Position, type Problem, RedpakError } from "../../core/error.ts";
import { quote } from "../../core/quote.ts";
import { type KeyKind, REPO_KEYS, type RepoKey, SECRET_KEYS } from "./repo_keys.ts";
import type { RepoEntry, RepoLine } from "./repo_text.ts";
import { substitute, type Variables } from "./variables.ts";

/** A value and its place. */
export interface Located<T> {
  readonly value: T;
  readonly where: Position;
}

interface Values {
  readonly text: Located<string>;
  readonly flag: Located<boolean>;
  readonly number: Located<number>;
  /** `Infinity` for `never`. */
  readonly seconds: Located<number>;
  readonly address: Located<string>;
  readonly addresses: readonly Located<string>[];
  readonly words: readonly Located<string>[];
}

/** What a section says; absent where it says nothing. */
export type RepoValues = { readonly [K in RepoKey]?: Values[(typeof REPO_KEYS)[K]] };

const FLAGS: Readonly<Record<string, boolean>> = {
  ...{ "1": true, yes: true, true: true, on: true, enabled: true },
  ...{ "0": false, no: false, false: false, off: false, disabled: false },
};

const UNITS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Reads the value of a key.
 *
 * @param problems where what is wrong goes
 * @returns `undefined` where something is wrong, or where nothing is said
 */
export function readValue(key: RepoKey, entry: RepoEntry, variables: Variables, problems: Problem[]): unknown {
  const kind: KeyKind = REPO_KEYS[key];
  const lines: RepoLine[] = [];
  for (const line of entry.lines) {
    const replaced = SECRET_KEYS.includes(key) ? line : attempt(line, variables, problems);
    if (replaced === undefined) return undefined;
    lines.push(replaced);
  }
  const [first, second] = lines;
  if (first === undefined || first.text === "" && second === undefined) return undefined;
  const refuse = (where: Position, reason: string, ...hints: string[]) =>
    void problems.push({ code: "E_REPO_VALUE", message: `Cannot use ${quote(key)}: ${reason}`, where, hints });
  if (kind === "words" || kind === "addresses") {
    const words = lines.flatMap(splitWords);
    return kind === "words" ? words : words.flatMap((word) => readAddress(word, refuse) ?? []);
  }
  if (second !== undefined) return refuse(second.where, "it has one value, and this is a second line");
  const { text, where } = first;
  switch (kind) {
    case "text":
      return { value: text, where };
    case "address":
      return readAddress({ value: text, where }, refuse);
    case "flag": {
      const value = FLAGS[text.toLowerCase()];
      return value === undefined ? refuse(where, `expected 1 or 0, found ${quote(text)}`) : { value, where };
    }
    case "number":
      return /^-?\d{1,9}$/.test(text)
        ? { value: Number(text), where }
        : refuse(where, `expected a number, found ${quote(text)}`);
    case "seconds": {
      const value = readSeconds(text);
      return value === undefined
        ? refuse(where, `expected seconds, a number with m, h, d or w, or never, found ${quote(text)}`)
        : { value, where };
    }
  }
}

function attempt(line: RepoLine, variables: Variables, problems: Problem[]): RepoLine | undefined {
  try {
    return { ...line, text: substitute(line.text, variables, line.where) };
  } catch (error) {
    if (!(error instanceof RedpakError)) throw error;
    problems.push({ code: error.code, message: error.message, where: error.where, hints: error.hints });
  }
}

/** Words stand between blanks and commas. */
function splitWords({ text, where }: RepoLine): Located<string>[] {
  return [...text.matchAll(/[^\s,]+/g)].map(({ 0: value, index }) => {
    return { value, where: { ...where, column: where.column + index } };
  });
}

function readSeconds(text: string): number | undefined {
  if (text === "never" || text === "-1") return Infinity;
  const [, amount, unit = ""] = /^(\d{1,9}(?:\.\d{1,9})?)([smhdw]?)$/.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * UNITS[unit]!;
}

type Refuse = (where: Position, reason: string, ...hints: string[]) => undefined;

/** The address of a file or directory, as a URL of http, https or file. */
function readAddress({ value, where }: Located<string>, refuse: Refuse): Located<string> | undefined {
  if (value.startsWith("/")) return { value: fileAddress(value), where };
  const url = /^(?:https?|file):\/\//i.test(value) ? URL.parse(value) : null;
  if (url === null) {
    return refuse(where, `expected http://, https://, file:// or an absolute path, found ${quote(value)}`);
  }
  if (url.username !== "" || url.password !== "") {
    return refuse(where, "an address holds no name or password", "write username=… and password=… instead");
  }
  if (url.hash !== "") return refuse(where, `an address of a repository has no "#": ${quote(value)}`);
  if (url.protocol === "file:" && url.host !== "") {
    return refuse(where, `${quote(value)} is a file of another machine`, "file:/// is followed by an absolute path");
  }
  return { value: url.href, where };
}

/** The URL of a path. */
export function fileAddress(path: string): string {
  return `file://${path.split("/").map(encodeURIComponent).join("/")}`;
}
