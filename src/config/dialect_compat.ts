import { type Dialect, FALSE_WORDS, INT32, sharingWord } from "./dialect.ts";

/** How redpak 2.5 reads texts: with the leniency of libcyaml, and of strtoll(3). */
export const COMPAT: Dialect = {
  boolean: (text) => !FALSE_WORDS.includes(text.toLowerCase()),
  integer(text, refuse) {
    return readInt(text) ?? refuse(`expected an integer from ${INT32[0]} to ${INT32[1]}`);
  },
  // Negative ones wrap around, as strtoull(3) has it; the result is the nearest that JavaScript's numbers can say.
  timestamp(text, refuse) {
    const number = leadingInteger(text);
    if (number === undefined || number > MAX_UINT64 || -number > MAX_UINT64) {
      return refuse(`expected an integer from 0 to ${MAX_UINT64}`);
    }
    return Number(BigInt.asUintN(64, number));
  },
  sharing: (text) => sharingWord(text) ?? { join: text },
  numbered(text, names, unnamed) {
    const number = readInt(text);
    return number === undefined ? undefined : names[number] ?? unnamed(number);
  },
  complete: false,
};

const MAX_UINT64 = 2n ** 64n - 1n;

/** A C `int` as redpak 2.5 reads it; undefined where it reads none. */
export function readInt(text: string): number | undefined {
  const number = leadingInteger(text);
  return number === undefined || number < INT32[0] || number > INT32[1] ? undefined : Number(number);
}

/** What strtoll(3) with base 0 makes of a text, before its range: what follows the digits does not matter to it. */
function leadingInteger(text: string): bigint | undefined {
  const match = /^[\t-\r ]*([+-]?)(?:0x([0-9a-f]+)|0([0-7]*)|([1-9][0-9]*))/i.exec(text);
  if (match === null) return undefined;
  const [, sign, hexadecimal, octal, decimal] = match;
  const digits = decimal ?? (hexadecimal === undefined ? `0o0${octal}` : `0x${hexadecimal}`);
  return sign === "-" ? -BigInt(digits) : BigInt(digits);
}
