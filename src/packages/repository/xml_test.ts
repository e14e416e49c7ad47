import assert from "node:assert/strict";
import * as fc from "fast-check";
import { RedpakError } from "../../core/error.ts";
import { readXml, type XmlElement } from "./xml.ts";

function read(text: string): XmlElement {
  return readXml(new TextEncoder().encode(text), "x.xml");
}

function refusal(text: string): string {
  try {
    read(text);
  } catch (error) {
    assert(error instanceof RedpakError, String(error));
    return `${error.where?.line}:${error.where?.column} ${error.code} ${
      error.message.replace('Cannot read "x.xml": ', "")
    }`;
  }
  return "";
}

Deno.test("elements, attributes, text, references, comments and CDATA are read", () => {
  const root = read(`<?xml version="1.0" encoding="UTF-8"?>
<!-- a > b --><?pi x?>
<a:b  x="1 &lt; 2" y:z='"&#65;&#x1F600;"' >
  t &amp; <c/><d>u</d > v<!-- w --><![CDATA[<&x>]]>
</a:b>
`);
  assert.equal(root.name, "a:b");
  assert.deepEqual([...root.attributes], [["x", "1 < 2"], ["y:z", '"A😀"']]);
  assert.deepEqual(root.children.map(({ name, text }) => [name, text]), [["c", ""], ["d", "u"]]);
  assert.equal(root.text, "t &  v<&x>");
});

const LAUGHS = `<?xml version="1.0"?>
<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<r>&b;</r>`;
const FOREIGN = `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/shadow">]><r>&x;</r>`;

for (
  const [text, expected] of [
    [LAUGHS, "2:1 E_XML_DOCTYPE it has a document type, which could define entities"],
    [FOREIGN, "1:1 E_XML_DOCTYPE it has a document type, which could define entities"],
    ["<r><!DOCTYPE r></r>", "1:4 E_XML_DOCTYPE it has a document type, which could define entities"],
    ["<!-- --><!DOCTYPE r><r/>", "1:9 E_XML_DOCTYPE it has a document type, which could define entities"],
    ["<r>&x;</r>", '1:4 E_XML "&x;" is no reference to a character'],
    ["<r>\n&toString;</r>", '2:1 E_XML "&toString;" is no reference to a character'],
    ["<r>&#0;</r>", '1:4 E_XML "&#0;" is no reference to a character'],
    ["<r>&#xD800;</r>", '1:4 E_XML "&#xD800;" is no reference to a character'],
    ["<r>&#x110000;</r>", '1:4 E_XML "&#x110000;" is no reference to a character'],
    ["<r>a & b</r>", '1:6 E_XML "& b" is no reference to a character'],
    ['<r a="&y;"/>', '1:7 E_XML "&y;" is no reference to a character'],
    ["", "1:1 E_XML expected an element"],
    ["x", "1:1 E_XML expected an element"],
    ["<r>", "1:4 E_XML it ends too early"],
    ["<r></s>", "1:4 E_XML expected </r>"],
    ["<r></rs>", "1:7 E_XML expected the end of </r>"],
    ["<r><s></r></s>", "1:7 E_XML expected </s>"],
    ["<r/><r/>", "1:5 E_XML something follows its end"],
    ["<r/>x", "1:5 E_XML something follows its end"],
    ["<1/>", "1:2 E_XML expected the name of an element"],
    ["<r a/>", '1:5 E_XML expected = behind the attribute "a"'],
    ["<r a=1/>", '1:6 E_XML expected the value of the attribute "a" in quotes, without "<"'],
    ['<r a="<"/>', '1:6 E_XML expected the value of the attribute "a" in quotes, without "<"'],
    ['<r a="1" a="2"/>', '1:15 E_XML the attribute "a" stands twice'],
    ['<r a="1"b="2"/>', "1:9 E_XML expected the end of <r>"],
    ["<r><!-- </r>", "1:4 E_XML a comment does not end"],
    ["<r><![CDATA[</r>", "1:13 E_XML a CDATA section does not end"],
    ["<r>\x01</r>", "1:4 E_XML it has a control character"],
    ["<r>\ufffe</r>", "1:4 E_XML it has a control character"],
    ['<?xml version="1.0" encoding="UTF-16"?><r/>', '1:1 E_XML its encoding is "UTF-16", not UTF-8'],
    ["<a>".repeat(40) + "</a>".repeat(40), "1:100 E_XML its elements are nested deeper than 32 levels"],
    [`<a>${"<b/>".repeat(50_000)}</a>`, "1:200000 E_XML it has more than 50000 elements"],
  ] as const
) {
  Deno.test(`refused: ${JSON.stringify(text.slice(0, 60))}`, () => assert.equal(refusal(text), expected));
}

Deno.test("bytes that are not UTF-8 are refused, such as UTF-16, in which a document type would not be seen", () => {
  const utf16 = new Uint8Array([0xff, 0xfe, ...[..."<r/>"].flatMap((letter) => [letter.charCodeAt(0), 0])]);
  assert.throws(() => readXml(utf16, "x"), { code: "E_XML" });
});

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.:-]{0,5}$/);
const text = fc.stringMatching(/^[a-z<>&"' é😀]{0,8}$/u);
const attributes = fc.uniqueArray(fc.tuple(name, text), { selector: ([name]) => name, maxLength: 3 });
const element = fc.letrec<{ element: XmlElement }>((tie) => ({
  element: fc.tuple(
    name,
    attributes.map((pairs) => new Map(pairs)),
    fc.oneof({ depthSize: "small" }, fc.constant([]), fc.array(tie("element"), { maxLength: 3 })),
    text.map((text) => text.trim()),
  ).map(([name, attributes, children, text]) => ({ name, attributes, children, text })),
})).element;

function write({ name, attributes, children, text }: XmlElement): string {
  const escape = (text: string) => text.replace(/[<>&"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
  const head = [name, ...[...attributes].map(([key, value]) => `${key}="${escape(value)}"`)].join(" ");
  return `<${head}>${escape(text)}${children.map(write).join("")}</${name}>`;
}

Deno.test("what is written is what is read", () => {
  fc.assert(fc.property(element, (root) => assert.deepEqual(read(write(root)), root)));
});

Deno.test("a document with a few bytes changed is read or refused, and nothing else", () => {
  fc.assert(fc.property(element, fc.nat(), fc.string({ maxLength: 4 }), (root, at, change) => {
    const text = write(root);
    const cut = at % text.length;
    refusal(text.slice(0, cut) + change + text.slice(cut + change.length));
    refusal(text.slice(0, cut));
  }));
});
