/** Characters that JSON lets stand as they are, and a terminal acts on or cannot show. */
const ACTIVE = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * The JSON text of a value, fit for a terminal: what is invisible, or acts on what surrounds it, is escaped. It means the
 * same to every reader of JSON.
 *
 * @param indent spaces for each level; none: one line
 */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(ACTIVE, (character) => {
    let escaped = "";
    for (let unit = 0; unit < character.length; unit++) {
      escaped += `\\u${character.charCodeAt(unit).toString(16).padStart(4, "0")}`;
    }
    return escaped;
  });
}
