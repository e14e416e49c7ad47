import assert from "node:assert/strict";
import * as fc from "fast-check";
import { RedpakError } from "../../core/error.ts";
import { type MirrorList, readMirrors } from "./mirrors.ts";

const A = "a".repeat(64);
const B = "b".repeat(128);
const C = "c".repeat(64);

/** As MirrorManager writes it. */
const METALINK = `<?xml version="1.0" encoding="utf-8"?>
<metalink version="3.0" xmlns="http://www.metalinker.org/" xmlns:mm0="http://fedorahosted.org/mirrormanager">
  <files>
    <file name="repomd.xml">
      <mm0:timestamp>1700000000</mm0:timestamp>
      <size>3000</size>
      <verification>
        <hash type="md5">${"d".repeat(32)}</hash>
        <hash type="sha256">${A}</hash>
        <hash type="sha512">${B}</hash>
      </verification>
      <mm0:alternates>
        <mm0:alternate>
          <mm0:timestamp>1600000000</mm0:timestamp>
          <size>2900</size>
          <verification><hash type="sha256">${C}</hash></verification>
        </mm0:alternate>
      </mm0:alternates>
      <resources maxconnections="1">
        <url protocol="http" type="http" location="US" preference="90">http://plain.example/os/repodata/repomd.xml</url>
        <url protocol="https" type="https" location="DE" preference="80">https://slow.example/os/repodata/repomd.xml</url>
        <url protocol="rsync" type="rsync" location="DE" preference="99">rsync://x.example/os/repodata/repomd.xml</url>
        <url protocol="https" type="https" location="CZ" preference="100">https://best.example/os/repodata/repomd.xml</url>
        <url protocol="https" type="https" location="CZ" preference="100">https://else.example/other.xml</url>
      </resources>
    </file>
  </files>
</metalink>`;

function read(text: string, address = "http://m.example/list", metalink = false): MirrorList {
  return readMirrors(new TextEncoder().encode(text), address, metalink);
}

function refusal(...args: Parameters<typeof read>): string {
  try {
    read(...args);
  } catch (error) {
    assert(error instanceof RedpakError, String(error));
    return `${error.code} ${error.message.replace(/^.*": /, "")}`;
  }
  return "";
}

Deno.test("a list has an address on each line; comments, blanks and what cannot be used are left out", () => {
  assert.deepEqual(
    read("# list\n\nhttps://a.example/os/\r\nftp://b.example/\nhttp://c.example/os\nnonsense\nhttps://a.example/os\n"),
    { mirrors: ["https://a.example/os", "http://c.example/os"] },
  );
});

Deno.test("a metalink has the best mirror first, and the strongest checksum of each state that mirrors may have", () => {
  assert.deepEqual(read(METALINK, "http://m.example/metalink", true), {
    mirrors: ["https://best.example/os", "http://plain.example/os", "https://slow.example/os"],
    states: [
      { checksum: { algorithm: "sha512", hex: B }, size: 3000 },
      { checksum: { algorithm: "sha256", hex: C }, size: 2900 },
    ],
  });
});

Deno.test("a mirrorlist that is a metalink is read as one", () => {
  assert.deepEqual(read(METALINK), read(METALINK, "http://m.example/list", true));
});

Deno.test("a list that came by https leads to no server that anybody could speak for, where it names another", () => {
  assert.deepEqual(read(METALINK, "https://m.example/").mirrors, [
    "https://best.example/os",
    "https://slow.example/os",
  ]);
  assert.deepEqual(read("http://a.example/", "https://m.example/").mirrors, ["http://a.example"]);
});

Deno.test("a list of a server leads to no file of this machine, one of this machine does", () => {
  assert.equal(refusal("file:///etc"), "E_MIRRORS it names no mirror that can be used (http or https)");
  assert.deepEqual(read("file:///srv/repo", "file:///srv/list").mirrors, ["file:///srv/repo"]);
  assert.equal(
    refusal("file://host/repo", "file:///srv/list"),
    "E_MIRRORS it names no mirror that can be used (http or https)",
  );
});

Deno.test("names and passwords in a list go nowhere", () => {
  assert.equal(
    refusal("https://user:word@a.example/"),
    "E_MIRRORS it names no mirror that can be used (http or https)",
  );
});

for (
  const [text, expected] of [
    ["", "E_XML expected an element"],
    ["<x/>", "E_MIRRORS expected <metalink>, found <x>"],
    ["<metalink><files/></metalink>", "E_MIRRORS it says nothing about repomd.xml"],
    [METALINK.replace(">3000<", "><"), 'E_MIRRORS the size of repomd.xml is ""'],
    [
      METALINK.replace("sha256", "sha1").replace("sha512", "md5"),
      "E_MIRRORS it has no checksum of repomd.xml that counts (sha256, sha512)",
    ],
    [METALINK.replace(C, "c"), "E_MIRRORS it has no checksum of repomd.xml that counts (sha256, sha512)"],
    [
      METALINK.replaceAll("/repomd.xml<", "/other.xml<"),
      "E_MIRRORS it names no mirror that can be used (http or https)",
    ],
    [
      METALINK.replace("<metalink", '<!DOCTYPE m SYSTEM "file:///etc/shadow"><metalink'),
      "E_XML_DOCTYPE it has a document type, which could define entities",
    ],
  ] as const
) {
  Deno.test(`a metalink is refused: ${expected}`, () =>
    assert.equal(refusal(text, "http://m.example/", true), expected));
}

Deno.test("no list leads anywhere but to http and https", () => {
  const piece = fc.constantFrom(
    "http://a/",
    "https://",
    "file://",
    "ftp://a",
    "/",
    "\n",
    "#",
    " ",
    "javascript:",
    "data:,",
    "@",
    "..",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const text = pieces.join("");
      if (refusal(text) !== "") return;
      for (const mirror of read(text).mirrors) {
        const { protocol, username, password } = new URL(mirror);
        assert(["http:", "https:"].includes(protocol) && username === "" && password === "", mirror);
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a metalink with a piece cut out or put in is read or refused, and nothing else", () => {
  fc.assert(fc.property(fc.nat(METALINK.length), fc.nat(200), fc.string({ maxLength: 8 }), (at, cut, put) => {
    refusal(METALINK.slice(0, at) + put + METALINK.slice(at + cut), "http://m.example/", true);
  }));
});
