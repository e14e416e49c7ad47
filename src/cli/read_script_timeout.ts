import { usage } from "./split_words.ts";

/** Milliseconds that `--script-timeout` gives a script; undefined without it. */
export function readScriptTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text) && Number(text) > 0) return Number(text) * 1000;
  throw usage(`Cannot give scripts "${text}": expected a number of seconds`, "as in --script-timeout 600");
}
