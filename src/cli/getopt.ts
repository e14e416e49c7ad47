/** An option as getopt_long(3) knows it. */
export interface OptionRow {
  /** Long names; the first one names the option in the result. */
  readonly long: readonly [string, ...string[]];
  /** One letter. */
  readonly short?: string;
  readonly value: "none" | "required" | "optional";
}

export interface GivenOption {
  readonly name: string;
  readonly value?: string;
}

export interface GetoptResult {
  /** In the order of the command line. */
  readonly options: readonly GivenOption[];
  readonly operands: readonly string[];
}

/** What GNU getopt says of a word that it does not understand, after the program's name. */
export class GetoptError extends Error {}

/**
 * Reads a command line as GNU getopt_long(3) does: options stand before, between and behind operands, up to `--`; a long
 * name may be shortened as long as one option is meant; letters may share a dash; an optional value is attached.
 *
 * @param inOrder the first operand ends the options, as POSIX asks for
 * @throws {GetoptError}
 */
export function getopt(words: readonly string[], rows: readonly OptionRow[], inOrder = false): GetoptResult {
  const options: GivenOption[] = [];
  const operands: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") {
      operands.push(...words.slice(at + 1));
      break;
    }
    const next = words[at + 1];
    let takesNext = false;
    if (word.startsWith("--")) {
      takesNext = readLong(word, next, rows, options);
    } else if (word.startsWith("-") && word !== "-") {
      takesNext = readShort(word, next, rows, options);
    } else {
      operands.push(...inOrder ? words.slice(at) : [word]);
      if (inOrder) break;
    }
    if (takesNext) at++;
  }
  return { options, operands };
}

/** @returns whether the next word is its value */
function readLong(word: string, next: string | undefined, rows: readonly OptionRow[], found: GivenOption[]): boolean {
  const end = word.indexOf("=");
  const written = word.slice(2, end < 0 ? undefined : end);
  const attached = end < 0 ? undefined : word.slice(end + 1);
  const [full, { long: [name], value }] = findLong(written, rows);
  if (value === "none" && attached !== undefined) throw new GetoptError(`option '--${full}' doesn't allow an argument`);
  if (attached !== undefined) found.push({ name, value: attached });
  else if (value !== "required") found.push({ name });
  else if (next === undefined) throw new GetoptError(`option '--${full}' requires an argument`);
  else found.push({ name, value: next });
  return value === "required" && attached === undefined;
}

function findLong(written: string, rows: readonly OptionRow[]): readonly [full: string, row: OptionRow] {
  const all = rows.flatMap((row) => row.long.map((full) => [full, row] as const));
  const exact = all.find(([full]) => full === written);
  if (exact !== undefined) return exact;
  const meant = all.filter(([full]) => full.startsWith(written));
  const [first] = meant;
  if (first === undefined) throw new GetoptError(`unrecognized option '--${written}'`);
  if (meant.every(([, row]) => row === first[1])) return first;
  const possibilities = meant.map(([full]) => ` '--${full}'`).join("");
  throw new GetoptError(`option '--${written}' is ambiguous; possibilities:${possibilities}`);
}

/** @returns whether the next word is the value of the last letter */
function readShort(word: string, next: string | undefined, rows: readonly OptionRow[], found: GivenOption[]): boolean {
  const letters = [...word.slice(1)];
  for (const [index, letter] of letters.entries()) {
    const row = rows.find(({ short }) => short === letter);
    if (row === undefined) throw new GetoptError(`invalid option -- '${letter}'`);
    const name = row.long[0];
    const rest = letters.slice(index + 1).join("");
    if (row.value === "none") {
      found.push({ name });
    } else if (rest !== "") {
      found.push({ name, value: rest });
      return false;
    } else if (row.value === "optional") {
      found.push({ name });
    } else if (next === undefined) {
      throw new GetoptError(`option requires an argument -- '${letter}'`);
    } else {
      found.push({ name, value: next });
      return true;
    }
  }
  return false;
}
