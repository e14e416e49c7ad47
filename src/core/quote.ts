const LONGEST = 60;

/**
 * Text of a user between double quotes, fit for one line of a message: control characters are escaped as in JSON,
 * anything longer than 60 characters is cut.
 */
export function quote(text: string): string {
  const short = text.length > LONGEST ? text.slice(0, LONGEST - 1).toWellFormed() + "…" : text;
  return JSON.stringify(short);
}
