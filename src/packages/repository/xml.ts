import { RedpakError } from "../../core/error.ts";
import { quote } from "../../core/quote.ts";

/** An element of an XML document; names are as written, prefix included. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All text directly in it, without the blanks around. */
  readonly text: string;
}

/** Bounds that no honest document meets. */
const LIMITS = { depth: 32, elements: 50_000, attributes: 32 } as const;

const NAME = /[A-Za-z_][\w.:-]*/y;
const BLANK = /[ \t\r\n]*/y;
const VALUE = /"([^"<]*)"|'([^'<]*)'/y;
const DECLARATION = /^<\?xml[ \t\r\n][^?]*\?>/;
// deno-lint-ignore no-control-regex -- what XML 1.0 has no place for (section 2.2)
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/**
 * Reads a small XML document in UTF-8. Strict, and without everything that has made XML dangerous: a document type is
 * refused, so there are no entities but the five of XML itself, and nothing is fetched.
 *
 * @param source how errors name the document
 * @throws {RedpakError} `E_XML_DOCTYPE`, `E_XML`
 */
export function readXml(bytes: Uint8Array, source: string): XmlElement {
  return new Reader(decode(bytes, source), source).document();
}

function decode(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new RedpakError({ code: "E_XML", message: `Cannot read "${source}": it is not UTF-8 text` });
  }
}

class Reader {
  #at = 0;
  #elements = 0;

  constructor(private readonly text: string, private readonly source: string) {}

  document(): XmlElement {
    const forbidden = this.text.search(FORBIDDEN);
    if (forbidden >= 0) throw this.#refuse("it has a control character", forbidden);
    const declaration = DECLARATION.exec(this.text)?.[0] ?? "";
    const encoding = /\bencoding[ \t\r\n]*=[ \t\r\n]*["']([^"']*)["']/.exec(declaration)?.[1];
    if (encoding !== undefined && encoding.toLowerCase() !== "utf-8") {
      throw this.#refuse(`its encoding is ${quote(encoding)}, not UTF-8`);
    }
    this.#at = declaration.length;
    this.#skipMisc();
    const root = this.#element(0);
    this.#skipMisc();
    if (this.#at < this.text.length) throw this.#refuse("something follows its end");
    return root;
  }

  /** Blanks, comments and processing instructions, which mean nothing to anybody here. */
  #skipMisc(): void {
    do this.#take(BLANK); while (this.#skipComment() || this.#skipInstruction());
  }

  #skipComment(): boolean {
    return this.text.startsWith("<!--", this.#at) && this.#skipTo("-->", "a comment");
  }

  #skipInstruction(): boolean {
    return this.text.startsWith("<?", this.#at) && this.#skipTo("?>", "a processing instruction");
  }

  #skipTo(end: string, what: string): true {
    const found = this.text.indexOf(end, this.#at);
    if (found < 0) throw this.#refuse(`${what} does not end`);
    this.#at = found + end.length;
    return true;
  }

  #element(depth: number): XmlElement {
    if (depth > LIMITS.depth) throw this.#refuse(`its elements are nested deeper than ${LIMITS.depth} levels`);
    if (++this.#elements > LIMITS.elements) throw this.#refuse(`it has more than ${LIMITS.elements} elements`);
    if (this.text.startsWith("<!DOCTYPE", this.#at)) throw this.#refuseDocumentType();
    if (this.text[this.#at] !== "<") throw this.#refuse("expected an element");
    this.#at++;
    const name = this.#take(NAME);
    if (name === "") throw this.#refuse("expected the name of an element");
    const attributes = this.#attributes();
    if (this.#skip("/>")) return { name, attributes, children: [], text: "" };
    if (!this.#skip(">")) throw this.#refuse(`expected the end of <${name}>`);
    const { children, text } = this.#content(depth);
    if (!this.#skip(`</${name}`)) throw this.#refuse(`expected </${name}>`);
    this.#take(BLANK);
    if (!this.#skip(">")) throw this.#refuse(`expected the end of </${name}>`);
    return { name, attributes, children, text: text.trim() };
  }

  #attributes(): Map<string, string> {
    const attributes = new Map<string, string>();
    while (this.#take(BLANK) !== "") {
      const name = this.#take(NAME);
      if (name === "") break;
      this.#take(BLANK);
      if (!this.#skip("=")) throw this.#refuse(`expected = behind the attribute "${name}"`);
      this.#take(BLANK);
      const start = this.#at;
      const value = this.#take(VALUE);
      if (value === "") throw this.#refuse(`expected the value of the attribute "${name}" in quotes, without "<"`);
      if (attributes.has(name)) throw this.#refuse(`the attribute "${name}" stands twice`);
      if (attributes.size === LIMITS.attributes) throw this.#refuse("an element has too many attributes");
      attributes.set(name, this.#decodeReferences(value.slice(1, -1), start + 1));
    }
    return attributes;
  }

  #content(depth: number): Pick<XmlElement, "children" | "text"> {
    const children: XmlElement[] = [];
    let text = "";
    while (true) {
      const next = this.text.indexOf("<", this.#at);
      if (next < 0) throw this.#refuse("it ends too early", this.text.length);
      text += this.#decodeReferences(this.text.slice(this.#at, next), this.#at);
      this.#at = next;
      if (this.text.startsWith("</", next)) return { children, text };
      if (this.#skip("<![CDATA[")) {
        const start = this.#at;
        this.#skipTo("]]>", "a CDATA section");
        text += this.text.slice(start, this.#at - "]]>".length);
      } else if (!this.#skipComment() && !this.#skipInstruction()) {
        children.push(this.#element(depth + 1));
      }
    }
  }

  #decodeReferences(text: string, start: number): string {
    return text.replace(/&([^;&]{0,12};?)/g, (_, reference: string, index: number) => {
      const character = decodeReference(reference);
      if (character !== undefined) return character;
      throw this.#refuse(`"&${reference}" is no reference to a character`, start + index);
    });
  }

  /** What matches here, which is then behind; empty where nothing does. */
  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #skip(text: string): boolean {
    if (!this.text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #refuseDocumentType(): RedpakError {
    return this.#refuse("it has a document type, which could define entities", this.#at, "E_XML_DOCTYPE");
  }

  #refuse(reason: string, at = this.#at, code = "E_XML"): RedpakError {
    const before = this.text.slice(0, at);
    const line = before.split("\n").length;
    const column = at - before.lastIndexOf("\n");
    return new RedpakError({
      code,
      message: `Cannot read "${this.source}": ${reason}`,
      where: { file: this.source, line, column },
    });
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  "lt;": "<",
  "gt;": ">",
  "amp;": "&",
  "quot;": '"',
  "apos;": "'",
};

function decodeReference(reference: string): string | undefined {
  const [, hexadecimal, decimal] = /^#(?:x([0-9A-Fa-f]{1,6})|(\d{1,7}));$/.exec(reference) ?? [];
  if (hexadecimal === undefined && decimal === undefined) {
    return Object.hasOwn(ENTITIES, reference) ? ENTITIES[reference] : undefined;
  }
  const code = hexadecimal === undefined ? Number(decimal) : parseInt(hexadecimal, 16);
  if (code > 0x10ffff || code >= 0xd800 && code < 0xe000) return undefined;
  const character = String.fromCodePoint(code);
  return FORBIDDEN.test(character) ? undefined : character;
}
