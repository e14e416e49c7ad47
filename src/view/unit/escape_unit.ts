/**
 * Texts in unit files, systemd.syntax(7) and systemd.service(5). What they are made from has no control characters: see
 * `refuseUnfit`.
 */

/** A word of `ExecStart=`: variables and specifiers are none, and neither are blanks and quotes. */
export function execWord(word: string): string {
  return quoteWord(word.replaceAll("$", "$$$$"));
}

/** A path, whose variables nobody replaces: the program of `ExecStart=`, and settings that name files. */
export function pathWord(path: string): string {
  return quoteWord(path);
}

function quoteWord(word: string): string {
  const text = word.replaceAll("%", "%%");
  if (/^[\p{L}\p{N}_./:=@%$+,-]+$/u.test(text)) return text;
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
