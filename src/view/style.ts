const NAMES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** Marks text for a terminal. Meaning is always in the words, too. */
export type Style = { readonly [N in keyof typeof NAMES]: (text: string) => string };

/** @param color false: every function returns its text */
export function styleFor(color: boolean): Style {
  return Object.fromEntries(
    Object.entries(NAMES).map(([name, code]) => [name, color ? (text: string) => `\x1b[${code}m${text}\x1b[0m` : same]),
  ) as Style;
}

const same = (text: string) => text;
