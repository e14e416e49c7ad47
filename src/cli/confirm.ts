import { usage } from "./split_words.ts";
import { writeMessage } from "./write.ts";

/**
 * Asks on the terminal; anything but "y" and "yes" is a no.
 *
 * @throws {RedpakError} `E_USAGE` where nobody is there to answer
 */
export function confirm(question: string, hint: string): boolean {
  if (!Deno.stdin.isTerminal()) throw usage("Cannot ask for confirmation: standard input is not a terminal", hint);
  writeMessage(`${question} [y/N] `);
  const buffer = new Uint8Array(256);
  const count = Deno.stdin.readSync(buffer) ?? 0;
  return /^y(es)?$/i.test(new TextDecoder().decode(buffer.subarray(0, count)).trim());
}
