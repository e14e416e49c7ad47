import type { CommandRow } from "./command_row.ts";

/**
 * Reads the flags of one command where nothing is wrong or unusual about them, as `readFlags` would: then the library for
 * command lines, which takes as long as a small command, need not be loaded.
 *
 * @param words flags, each followed by its value
 * @returns undefined where `readFlags` has to look
 */
export function readPlainFlags(
  { flags }: CommandRow,
  words: readonly string[],
): Readonly<Record<string, unknown>> | undefined {
  const found: Record<string, unknown> = {};
  for (let at = 0; at < words.length; at++) {
    const [, name = "", joined] = /^--([a-z][a-z-]*)(?:=(.+))?$/.exec(words[at]!) ?? [];
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (flag === undefined || Object.hasOwn(found, name)) return undefined;
    const isSwitch = flag.value === undefined && flag.choices === undefined;
    if (isSwitch) {
      if (joined !== undefined) return undefined;
      found[name] = true;
      continue;
    }
    const value = joined ?? words[++at];
    if (value === undefined || value === "" || joined === undefined && value.startsWith("-")) return undefined;
    if (flag.choices !== undefined && !flag.choices.includes(value)) return undefined;
    found[name] = value;
  }
  return found;
}
