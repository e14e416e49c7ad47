import { escapeText } from "../core/escape.ts";

/** A word that no reader can take for anything else as it is; any other text in double quotes. */
export function showText(text: string): string {
  if (/^[\p{L}\p{N}_@%+=:,.\/-]+$/u.test(text)) return text;
  return `"${escapeText(text.replace(/["\\]/g, "\\$&"))}"`;
}
