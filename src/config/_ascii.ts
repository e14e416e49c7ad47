/** What strcasecmp(3) compares in the C locale: only the letters of ASCII have two cases. */
export function foldAscii(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
