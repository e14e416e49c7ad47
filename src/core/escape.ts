/** Characters that act on a terminal, are invisible or change the direction of what surrounds them; lone surrogates. */
export const ACTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Nothing in ASCII is active but its control characters, and most texts are that. */
const PLAIN = /^[\x20-\x7e]*$/;

/** The text with what a terminal would act on in visible form. */
export function escapeText(text: string): string {
  return PLAIN.test(text) ? text : text.replace(ACTIVE, (character) => {
    const short = SHORT.get(character);
    return short ?? `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}

const SHORT: ReadonlyMap<string, string> = new Map([["\n", "\\n"], ["\t", "\\t"], ["\r", "\\r"]]);
