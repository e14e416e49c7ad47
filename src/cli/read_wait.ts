import { usage } from "./split_words.ts";

/** Seconds that `--wait` asks for; 0 without it. */
export function readWait(text: string | undefined): number {
  if (text === undefined) return 0;
  if (/^\d{1,6}(\.\d{1,3})?$/.test(text)) return Number(text);
  throw usage(`Cannot wait for "${text}": expected a number of seconds`, "as in --wait 60");
}
