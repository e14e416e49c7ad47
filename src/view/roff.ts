/** Pieces of a manual page in the language of man(7). */

/** Text as it is: nothing in it acts on the formatter, and hyphens can be copied to a shell. */
export function roffText(text: string): string {
  return text.split("\n").map((line) => {
    const escaped = line.replaceAll("…", "...").replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(
      /[\u{80}-\u{10ffff}]/gu,
      unicode,
    );
    // A line that begins with one of these would be a request.
    return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
  }).join("\n");
}

export function bold(text: string): string {
  return `\\fB${roffText(text)}\\fR`;
}

/** @param title in any case; sections of manual pages are in capitals */
export function section(title: string, ...body: readonly string[]): string {
  return [`.SH "${roffText(title.toUpperCase())}"`, ...body].join("\n");
}

/** A term, and indented below it what it means. */
export function term(head: string, meaning: string): string {
  return [".TP", head, meaning === "" ? "\\&" : roffText(meaning)].join("\n");
}

/** Lines that keep their breaks and their spaces. */
export function verbatim(text: string): string {
  return [".PP", ".nf", roffText(text), ".fi"].join("\n");
}

/** groff_char(7): the page is ASCII, whatever the reader's encoding is. */
function unicode(character: string): string {
  return `\\[u${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`;
}
