import type { CommandRow, FlagRow } from "./command_row.ts";
import { COMMANDS, commandsOf, GLOBAL_FLAGS, isCommand, publicCommands, secondWord } from "./commands.ts";
import { type SplitWords, splitWords } from "./split_words.ts";

/** A word that could stand at the end of a command line, and what it means. */
export interface Candidate {
  readonly word: string;
  readonly meaning: string;
}

/** What could stand at the end of a command line: words of the table, and what operands of these names stand for. */
export interface Wanted {
  readonly words: readonly Candidate[];
  /** As the usage calls them: `NODE`, `DIR`, `KIND`. */
  readonly operands: readonly string[];
  /** The word to complete. */
  readonly start: string;
  readonly command?: string | undefined;
  /** The operands that stand before. */
  readonly before: readonly string[];
  /** The value of `--root` that stands before. */
  readonly root?: string | undefined;
}

/**
 * What the last word of a command line could become. Pure: the command table says everything but what is on the machine.
 *
 * @param words what follows the program's name, up to the cursor; the last may be empty
 */
export function wantedWords(words: readonly string[]): Wanted {
  const start = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const split = trySplit(before);
  const nothing: Wanted = { words: [], operands: [], start, before: split?.operands ?? [] };
  if (split === undefined) {
    // Only a global flag can be without its value here: those of commands take what there is.
    return { ...nothing, ...ofValue(findFlag(undefined, before.at(-1) ?? "")) };
  }
  const { command, operands, globals } = split;
  const row: CommandRow | undefined = command !== undefined && isCommand(command) ? COMMANDS[command] : undefined;
  const group = row === undefined && command !== undefined && operands.length === 0 ? commandsOf(command) : [];
  if (group.length > 0) {
    return { ...nothing, words: group.map(([name, { brief }]) => ({ word: secondWord(name), meaning: brief })) };
  }
  if (command !== undefined && row === undefined || endsFlags(before, operands, row)) return nothing;
  const root = typeof globals.root === "string" ? globals.root : undefined;
  const flag = findFlag(row, before.at(-1) ?? "");
  if (flag !== undefined && takesValue(flag)) return { ...nothing, root, ...ofValue(flag) };
  if (start.startsWith("-")) return { ...nothing, words: flagWords({ ...row?.flags, ...GLOBAL_FLAGS }, before) };
  if (row === undefined) {
    return { ...nothing, words: firstWords() };
  }
  const names = operandNames(row);
  const repeated = row.operands.most === Infinity ? names.at(-1) : undefined;
  return { ...nothing, command, root, ...ofOperand(names[operands.length] ?? repeated ?? "") };
}

/** What command lines begin with; for a group of commands, that of the group. */
export function firstWords(): Candidate[] {
  const found = new Map<string, string>();
  for (const [name, { brief }] of publicCommands()) {
    const [word = "", second] = name.split(" ");
    if (!found.has(word)) {
      found.set(
        word,
        second === undefined ? brief : commandsOf(word).map(([each]) => each).join(", "),
      );
    }
  }
  return [...found].map(([word, meaning]) => ({ word, meaning }));
}

/** The operands of a command as its usage names them, without flags and what follows them. */
export function operandNames({ usage }: CommandRow): string[] {
  return usage.replace(/ ?\[?--.*$/s, "").split(" ").map((name) => name.replace(/^\[|…?\]?$/g, "")).filter((name) =>
    name
  );
}

function trySplit(words: readonly string[]): SplitWords | undefined {
  try {
    return splitWords(words);
  } catch {
    return undefined;
  }
}

/** From here on, words are those of the program in the node, or operands whatever they look like. */
function endsFlags(before: readonly string[], operands: readonly string[], row: CommandRow | undefined): boolean {
  return before.includes("--") || row?.program === true && operands.length > 1;
}

function findFlag(row: CommandRow | undefined, word: string): FlagRow | undefined {
  if (!word.startsWith("--")) return undefined;
  const flags: Readonly<Record<string, FlagRow>> = { ...row?.flags, ...GLOBAL_FLAGS };
  const name = word.slice(2);
  return Object.hasOwn(flags, name) ? flags[name] : undefined;
}

function takesValue({ value, choices }: FlagRow): boolean {
  return (value ?? choices) !== undefined;
}

function ofValue(flag: FlagRow | undefined): Pick<Wanted, "words" | "operands"> {
  const words = flag?.choices?.map((word) => ({ word, meaning: "" })) ?? [];
  return { words, operands: flag?.value === undefined ? [] : [flag.value] };
}

/** `NODE|DIR` stands for one of the two, `bash|zsh` for these very words. */
function ofOperand(name: string): Pick<Wanted, "words" | "operands"> {
  const alternatives = name.split("|").filter((name) => name !== "");
  return {
    words: alternatives.filter((name) => /^[a-z]/.test(name)).map((word) => ({ word, meaning: "" })),
    operands: alternatives.filter((name) => /^[A-Z]/.test(name)),
  };
}

function flagWords(flags: Readonly<Record<string, FlagRow>>, given: readonly string[]): Candidate[] {
  return Object.entries(flags).map(([name, { brief }]) => ({ word: `--${name}`, meaning: brief }))
    .filter(({ word }) => !given.includes(word));
}
