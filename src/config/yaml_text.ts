import { Findings } from "./parse_findings.ts";

/** Bytes; the largest file that is looked at. */
export const MAX_FILE_SIZE = 64 * 1024;

/**
 * Characters that a file never holds: what an editor or a terminal does not show as it is, and what other readers of
 * YAML take for the end of a line or of the text. A carriage return stands only before a line feed.
 */
const REFUSED =
  /(?![\t\n\r])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\u{202A}-\u{202E}\u{2066}-\u{2069}\u{FEFF}]|\r(?!\n)/gu;

/**
 * With compat, only what redpak 2.5 refuses (libyaml's reader), and what it takes for the end of a line but nobody sees.
 */
const REFUSED_COMPAT = /(?![\t\n\r])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u{FEFF}\u{FFFE}\u{FFFF}]|\r(?!\n)/gu;

/** What nearly every file is made of: this pattern is far quicker to compile than {@link REFUSED}. */
const HARMLESS = /^[\t\n -~\xA0-\u2027]*$/;

/**
 * The text of a file, checked for size, encoding and characters before any parser sees it.
 *
 * @returns the text without byte order mark, and where findings about it go
 * @throws {RedpakError} `E_CONFIG`
 */
export function readText(
  input: string | Uint8Array,
  file: string,
  compat = false,
): { text: string; findings: Findings } {
  const size = typeof input === "string" ? utf8Size(input) : input.length;
  if (size > MAX_FILE_SIZE) {
    new Findings(file, "").fail("E_YAML_LIMIT", 0, file, `more than ${MAX_FILE_SIZE} bytes (${size})`);
  }
  const text = typeof input === "string" ? input.replace(/^\uFEFF/, "") : decode(input, file);
  const findings = new Findings(file, text);
  if (HARMLESS.test(text)) return { text, findings };
  for (const match of text.matchAll(compat ? REFUSED_COMPAT : REFUSED)) {
    findings.add("E_YAML_CHARACTER", match.index, file, `${codePoint(match[0])} is not allowed`);
  }
  findings.check();
  return { text, findings };
}

/** The first character of a decoded scalar that a file must not hold, not even by an escape sequence. */
export function refusedCharacter(scalar: string, compat = false): string | undefined {
  // C ends a text at a NUL; half a character is none.
  const match = scalar.match(compat ? /[\0\p{Cs}]/u : REFUSED)?.[0];
  return match === undefined ? undefined : codePoint(match);
}

/** Bytes; characters are only counted one by one where a bound does not tell enough. */
function utf8Size(text: string): number {
  if (text.length * 3 <= MAX_FILE_SIZE || text.length > MAX_FILE_SIZE) return text.length;
  return new TextEncoder().encode(text).length;
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // The decoder does not say where: it is where the replacement of broken bytes first changes something.
    const repaired = new TextEncoder().encode(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
    const broken = repaired.findIndex((byte, index) => byte !== bytes[index]);
    const good = new TextDecoder().decode(bytes.subarray(0, broken), { stream: true });
    return new Findings(file, good).fail("E_YAML_CHARACTER", good.length, file, "not UTF-8 from here on");
  }
}

function codePoint(character: string): string {
  return "U+" + character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
}
