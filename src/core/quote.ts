import { escapeText } from "./escape.ts";

const LONGEST = 60;

/**
 * Text of a user between double quotes, fit for one line of a message: what a terminal would act on is escaped, anything
 * longer than 60 characters is cut.
 */
export function quote(text: string): string {
  const short = text.length > LONGEST ? text.slice(0, LONGEST - 1).toWellFormed() + "…" : text;
  return `"${escapeText(short.replace(/["\\]/g, "\\$&"))}"`;
}
