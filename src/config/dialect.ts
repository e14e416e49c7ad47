import type { Sharing } from "./schema.ts";

/** Objects to a text; `words` may have been meant, and `instead` says what redpak 2.5 took the text for. */
export type Refuse = (message: string, words?: readonly string[], instead?: string) => never;

/** What a text of a file means; or an objection. */
export type Read<T> = (text: string, refuse: Refuse) => T;

/** Where files are read in two ways: redpak's own, and that of redpak 2.5, which takes more (`COMPAT`). */
export interface Dialect {
  readonly boolean: Read<boolean>;
  /** A C `int`. */
  readonly integer: Read<number>;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timestamp: Read<number>;
  readonly sharing: Read<Sharing>;
  /** The name that a number stands for where `names[number]` is expected; `unnamed` tells what others come to. */
  readonly numbered: <N>(text: string, names: readonly N[], unnamed: (number: number) => N) => N | undefined;
  /** Entries have to say all that their mode needs, and variables to have a name that a program can have. */
  readonly complete: boolean;
}

export const INT32 = [-(2 ** 31), 2 ** 31 - 1] as const;

/** redpak's own. */
export const STRICT: Dialect = {
  boolean(text, refuse) {
    const word = text.toLowerCase();
    if (TRUE_WORDS.includes(word)) return true;
    if (FALSE_WORDS.includes(word)) return false;
    return refuse("expected true or false", BOOLEAN_WORDS, "true");
  },
  integer: (text, refuse) => parseInteger(text, ...INT32, refuse),
  timestamp: (text, refuse) => parseInteger(text, 0, Number.MAX_SAFE_INTEGER, refuse),
  sharing(text, refuse) {
    const word = sharingWord(text);
    if (word !== undefined) return word;
    if (text.startsWith("/")) return { join: text };
    return refuse("expected enabled, disabled, unset or the absolute path of a namespace file", SHARING_WORDS);
  },
  numbered: (text, names) => names.find((_, number) => text === String(number)),
  complete: true,
};

/** Of keys that redpak 2.5 does not know, and took for nothing. */
export const readBoolean: Read<boolean> = (text, refuse) =>
  STRICT.boolean(text, (message, words) => refuse(message, words));

const TRUE_WORDS = ["true", "yes", "on", "enable", "1"];
export const FALSE_WORDS: readonly string[] = ["false", "no", "off", "disable", "0"];
export const BOOLEAN_WORDS: readonly string[] = [...TRUE_WORDS, ...FALSE_WORDS];

export const SHARING_WORDS = ["enabled", "disabled", "unset"] as const;

/** The keyword that a text is, in any case. */
export function sharingWord(text: string): (typeof SHARING_WORDS)[number] | undefined {
  return SHARING_WORDS.find((word) => word === text.toLowerCase());
}

/** C notation: decimal, `0x` hexadecimal or `0` octal. */
export function parseInteger(value: string, minimum: number, maximum: number, refuse: Refuse): number {
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.exec(value.trim());
  const digits = match?.[2] ?? "";
  const octal = digits.length > 1 && /^0[0-7]+$/.test(digits);
  const number = match === null ? NaN : Number(octal ? `0o${digits.slice(1)}` : digits);
  const result = match?.[1] === "-" ? 0 - number : number;
  return result >= minimum && result <= maximum ? result : refuse(`expected an integer from ${minimum} to ${maximum}`);
}
