import assert from "node:assert/strict";
import { config, FILE, problems } from "./_parse_fixtures.ts";
import { readText, refusedCharacter } from "./yaml_text.ts";

const utf8 = new TextEncoder();

Deno.test("bytes are read as UTF-8, with or without byte order mark", async () => {
  for (const text of ["headers: {alias: a, info: é😀}", "\uFEFFheaders: {alias: a, info: é😀}"]) {
    assert.deepEqual(await problems(utf8.encode(text)), []);
  }
  assert.equal((await config("headers: {alias: a, info: é😀}")).headers.info, "é😀");
});

for (
  const [what, bytes, place] of [
    ["a byte that begins nothing", [0x61, 0x0a, 0xff], "2:1"],
    ["a cut sequence at the end", [0x61, 0xe2, 0x82], "1:2"],
    ["a cut sequence inside", [0xe2, 0x82, 0x61], "1:1"],
    ["an overlong form", [0x61, 0x62, 0xc0, 0x80], "1:3"],
    ["an encoded surrogate", [0xed, 0xa0, 0x80], "1:1"],
    ["a broken byte behind a real replacement character", [0xef, 0xbf, 0xbd, 0x0a, 0x61, 0x80], "2:2"],
    ["a broken sequence that begins like its replacement", [0x61, 0xef, 0xbf, 0x61], "1:2"],
    ["a broken byte behind a byte order mark", [0xef, 0xbb, 0xbf, 0x61, 0x80], "1:2"],
    ["UTF-16", [0xff, 0xfe, 0x61, 0x00], "1:1"],
  ] as const
) {
  Deno.test(`${what} is refused where it stands`, async () => {
    assert.deepEqual(await problems(new Uint8Array(bytes)), [
      `${place} E_YAML_CHARACTER Cannot read "f": not UTF-8 from here on`,
    ]);
  });
}

const REFUSED = {
  NUL: "\0",
  escape: "\x1b",
  delete: "\x7f",
  "next line": "\x85",
  "line separator": "\u2028",
  "paragraph separator": "\u2029",
  "right-to-left override": "\u202e",
  "left-to-right embedding": "\u202a",
  "first strong isolate": "\u2068",
  "pop directional isolate": "\u2069",
  "byte order mark": "\ufeff",
  "lone surrogate": "\ud800",
  noncharacter: "\uffff",
  "lone carriage return": "\r",
};

for (const [name, character] of Object.entries(REFUSED)) {
  const code = `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  const escape = `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

  Deno.test(`${name} is refused in texts, keys and remarks`, async () => {
    for (const text of [`headers: {alias: a}\n# ${character}x`, `ab${character}cd: x`, `a: "${character}"`]) {
      const before = text.slice(0, text.indexOf(character)).split("\n");
      const place = `${before.length}:${before.at(-1)!.length + 1}`;
      assert.deepEqual(await problems(text), [`${place} E_YAML_CHARACTER Cannot read "f": ${code} is not allowed`]);
    }
  });

  Deno.test(`${name} is refused as an escape sequence`, async () => {
    assert.deepEqual(await problems(`headers: {alias: a, info: "x${escape}"}`), [
      `1:27 E_YAML_CHARACTER Cannot read "f": ${code} is not allowed, not even escaped`,
    ]);
  });
}

Deno.test("every refused character of a file is reported, the first hundred at most", async () => {
  assert.equal((await problems("\0a\0\n\0")).length, 3);
  assert.equal((await problems("\0".repeat(1000))).length, 100);
});

Deno.test("64 KiB are read, one byte more is not", async () => {
  const file = (size: number, filling: string) => {
    const start = "headers: {alias: a}\n#";
    const bytes = utf8.encode(filling).length;
    return start + filling.repeat((size - start.length) / bytes) + "x".repeat((size - start.length) % bytes);
  };
  for (const filling of ["x", "é", "😀"]) {
    for (const form of [(text: string) => text, (text: string) => utf8.encode(text)]) {
      assert.deepEqual(await problems(form(file(65_536, filling))), []);
      assert.deepEqual(await problems(form(file(65_537, filling))), [
        `1:1 E_YAML_LIMIT Cannot read "f": more than 65536 bytes (65537)`,
      ]);
    }
  }
});

Deno.test("a character is refused in a file when it is refused as an escape sequence", () => {
  for (let code = 0; code <= 0xffff; code++) {
    const text = `x${String.fromCharCode(code)}\n`;
    let refused = false;
    try {
      readText(text, FILE);
    } catch {
      refused = true;
    }
    assert.equal(refused, refusedCharacter(text) !== undefined, code.toString(16));
  }
});
