/**
 * Names of files are bytes. What is not UTF-8 in them becomes lone surrogates, U+DC80 for the byte 0x80 and so on, which
 * no UTF-8 text has: every name has one text, and every such text is the name that it was read from. As in PEP 383.
 */

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const FIRST = 0xdc80;
const LAST = 0xdcff;

/** The text of a name. */
export function decodeName(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeParts(bytes);
  }
}

/** Byte by byte: each character is the shortest part that is one, or its first byte escaped. */
function decodeParts(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const size = [1, 2, 3, 4].find((size) => at + size <= bytes.length && isText(bytes.subarray(at, at + size)));
    text += size === undefined
      ? String.fromCharCode(FIRST - 0x80 + bytes[at]!)
      : strict.decode(bytes.subarray(at, at + size));
    at += size ?? 1;
  }
  return text;
}

function isText(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/**
 * The bytes of a text that is not well-formed.
 *
 * @returns `undefined` for a text that no name has
 */
export function encodeName(text: string): Uint8Array | undefined {
  const parts: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code >= FIRST && code <= LAST) parts.push(code - FIRST + 0x80);
    else if (character.isWellFormed()) parts.push(...encoder.encode(character));
    else return undefined;
  }
  return Uint8Array.from(parts);
}
