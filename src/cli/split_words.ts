import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import type { CommandRow } from "./command_row.ts";
import { COMMANDS, commandsOf, GLOBAL_FLAGS, GLOBAL_SHORT, isCommand } from "./commands.ts";

export type GlobalValues = { -readonly [F in keyof typeof GLOBAL_FLAGS]?: string | true };

/** The words of a command line, sorted. */
export interface SplitWords {
  /** As typed, both words of such as have two; absent where there is none. */
  readonly command: string | undefined;
  /** The command's own flags, each with its value behind it. */
  readonly flags: readonly string[];
  readonly operands: readonly string[];
  readonly globals: GlobalValues;
}

/**
 * Sorts the words of a command line. Global flags may stand before or after the command's name. For a command that takes
 * a program, the first word after the node that is no flag, or what follows `--`, is the program: from there on every
 * word is its own, whatever it looks like.
 *
 * @throws {RedpakError} `E_USAGE` where a value is missing
 */
export function splitWords(words: readonly string[]): SplitWords {
  const globals: GlobalValues = {};
  const flags: string[] = [];
  const operands: string[] = [];
  let command: string | undefined;
  let row: CommandRow | undefined;

  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--" && command !== undefined) {
      operands.push(...words.slice(at + 1));
      break;
    }
    if (!/^-./.test(word)) {
      if (command === undefined) {
        command = word;
        row = isCommand(word) ? COMMANDS[word] : undefined;
        continue;
      }
      if (row === undefined && operands.length === 0 && commandsOf(command).length > 0) {
        command = `${command} ${word}`;
        row = isCommand(command) ? COMMANDS[command] : undefined;
        continue;
      }
      operands.push(word);
      if (!row?.program || operands.length < 2) continue;
      operands.push(...words.slice(at + 1));
      break;
    }
    const [written = "", ...rest] = word.replace(/^--/, "").split("=");
    const value = rest.length > 0 ? rest.join("=") : undefined;
    const taken = takeGlobal(word, written, value, words[at + 1], globals);
    if (taken !== undefined) {
      at += taken;
      continue;
    }
    const name = Object.entries(row?.flags ?? {}).find(([, { short }]) => `-${short}` === word)?.[0] ?? written;
    flags.push(name === written ? word : `--${name}`);
    const flag = row?.flags[name];
    const next = words[at + 1];
    if (value !== undefined || (flag?.value ?? flag?.choices) === undefined) continue;
    if (flag?.alone !== undefined && !/^\d+(\.\d+)?$/.test(next ?? "")) {
      flags.push(flag.alone);
    } else if (next !== undefined) {
      flags.push(next);
      at++;
    }
  }
  return { command, flags, operands, globals };
}

/** @returns how many further words belong to it; `undefined` when it is no global flag */
function takeGlobal(
  word: string,
  name: string,
  value: string | undefined,
  next: string | undefined,
  globals: GlobalValues,
): number | undefined {
  if (/^-[a-z]+$/.test(word)) {
    const names = [...word.slice(1)].map((letter) => (GLOBAL_SHORT as Record<string, keyof GlobalValues>)[letter]);
    if (names.some((found) => found === undefined)) return undefined;
    for (const found of names) if (found !== undefined) globals[found] = true;
    return 0;
  }
  if (!word.startsWith("--") || !Object.hasOwn(GLOBAL_FLAGS, name)) return undefined;
  const key = name as keyof typeof GLOBAL_FLAGS;
  if (key !== "color" && key !== "root") {
    if (value !== undefined) throw usage(`Cannot use "${word}": --${name} takes no value`);
    globals[key] = true;
    return 0;
  }
  const given = value ?? next;
  if (given === undefined) throw usage(`Cannot use "--${name}": its value is missing`);
  globals[key] = given;
  return value === undefined ? 1 : 0;
}

/** An error in the way redpak was called. */
export function usage(message: string, ...hints: string[]): RedpakError {
  return new RedpakError({ code: "E_USAGE", exit: EXIT.usage, message, hints });
}
