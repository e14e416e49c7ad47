/** A value with the keys in the order in which they are printed. */
export type OriginalValue =
  | string
  | number
  | boolean
  | readonly OriginalValue[]
  | { readonly [key: string]: OriginalValue };

/**
 * A value as YAML, character for character as redpak 2.5 prints it, for programs that compare or parse its output: block
 * style, texts plain wherever the syntax allows (whatever type a reader may see in them), else in single quotes, else
 * escaped in double quotes; folded at spaces behind column 80. (The rules are those of libyaml's emitter.)
 */
export function originalYaml(value: { readonly [key: string]: OriginalValue }): string {
  return mappingLines(value, 0).map((line) => `${line}\n`).join("");
}

function mappingLines(mapping: { readonly [key: string]: OriginalValue }, indent: number): string[] {
  return Object.entries(mapping).flatMap(([key, value]) => {
    const head = `${" ".repeat(indent)}${key}:`;
    if (Array.isArray(value)) {
      if (value.length === 0) return [`${head} []`];
      return [head, ...(value as readonly OriginalValue[]).flatMap((item) => itemLines(item, indent))];
    }
    if (typeof value === "object") {
      const inner = mappingLines(value as { readonly [key: string]: OriginalValue }, indent + 2);
      return inner.length === 0 ? [`${head} {}`] : [head, ...inner];
    }
    return [`${head}${scalarText(String(value), head.length, indent + 2)}`];
  });
}

/** An item of a list of mappings, the only lists that there are. */
function itemLines(item: OriginalValue, indent: number): string[] {
  const lines = mappingLines(item as { readonly [key: string]: OriginalValue }, indent + 2);
  return lines.map((line, index) => index === 0 ? `${" ".repeat(indent)}- ${line.slice(indent + 2)}` : line);
}

/** Characters that begin something else than a plain text. */
const INDICATOR = /^(?:[#,[\]{}&*!|>'"%@`]|[-?:](?: |$|\n)|---|\.\.\.)|:(?:[ \n]|$)|[ \n]#/;

/** What is not printable ASCII, and spaces at a line break, survive only as escapes. */
const SPECIAL = /[^\n\u0020-\u007e]| \n|\n /;

/** The text of a value behind its key, with the space between them. */
function scalarText(text: string, column: number, indent: number): string {
  if (text === "") return "";
  const plain = !INDICATOR.test(text) && !/^ | $|\n/.test(text);
  if (SPECIAL.test(text)) return ` ${doubleQuoted(text, column + 1, indent)}`;
  return ` ${plain ? fold(text, column + 1, indent) : singleQuoted(text, column + 1, indent)}`;
}

const BEST_WIDTH = 80;

/** Breaks lines at single spaces behind the best width, from where `text` begins. */
function fold(text: string, column: number, indent: number): string {
  let result = "";
  for (let at = 0; at < text.length; at++) {
    const single = text[at] === " " && text[at - 1] !== " " && text[at + 1] !== " ";
    if (single && column > BEST_WIDTH) {
      result += `\n${" ".repeat(indent)}`;
      column = indent;
    } else {
      result += text[at];
      column++;
    }
  }
  return result;
}

/** A line break is written as two: one alone would be read as a space. */
function singleQuoted(text: string, column: number, indent: number): string {
  let result = "'";
  let line = column + 1;
  let afterBreak = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === "\n") {
      result += afterBreak ? "\n" : "\n\n";
      afterBreak = true;
      line = 0;
      continue;
    }
    if (afterBreak) [result, line] = [result + " ".repeat(indent), indent];
    afterBreak = false;
    const inside = at > 0 && at < text.length - 1;
    if (character === " " && inside && text[at - 1] !== " " && text[at + 1] !== " " && line > BEST_WIDTH) {
      [result, line] = [`${result}\n${" ".repeat(indent)}`, indent];
      continue;
    }
    const written = character === "'" ? "''" : character;
    result += written;
    line += written.length;
  }
  return `${result}${afterBreak ? " ".repeat(indent) : ""}'`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\0": "0",
  "\x07": "a",
  "\b": "b",
  "\t": "t",
  "\n": "n",
  "\v": "v",
  "\f": "f",
  "\r": "r",
  "\x1b": "e",
  '"': '"',
  "\\": "\\",
  "\x85": "N",
  "\xa0": "_",
  "\u2028": "L",
  "\u2029": "P",
};

function doubleQuoted(text: string, column: number, indent: number): string {
  let result = '"';
  let line = column + 1;
  const characters = [...text];
  characters.forEach((character, at) => {
    const inside = at > 0 && at < characters.length - 1;
    let written = escapeCharacter(character);
    if (character === " " && inside && characters[at - 1] !== " " && line > BEST_WIDTH) {
      // A space that begins a line would be lost.
      written = `\n${" ".repeat(indent)}${characters[at + 1] === " " ? "\\" : ""}`;
      line = indent - written.length + (characters[at + 1] === " " ? 1 : 0);
    }
    result += written;
    line += written.length;
  });
  return `${result}"`;
}

function escapeCharacter(character: string): string {
  const short = ESCAPES[character];
  if (short !== undefined) return `\\${short}`;
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f) return character;
  const hexadecimal = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hexadecimal.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hexadecimal.padStart(4, "0")}` : `\\U${hexadecimal.padStart(8, "0")}`;
}
