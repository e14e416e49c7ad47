import { getopt, GetoptError, type OptionRow } from "../getopt.ts";

/**
 * The directory that a command of `redconf` is about: its operand, else the value of its option, else the working
 * directory.
 *
 * @returns the directory and the names of the other options that are given
 * @throws {GetoptError}
 */
export function directoryOperand(
  words: readonly string[],
  rows: readonly OptionRow[],
  option: string,
): { readonly directory: string; readonly given: readonly string[] } {
  const { options, operands } = getopt(words, rows);
  if (operands.length > 1) throw new GetoptError(`one directory is expected, not ${operands.length}`);
  const named = options.findLast(({ name }) => name === option)?.value;
  return { directory: operands[0] ?? named ?? ".", given: options.map(({ name }) => name) };
}
