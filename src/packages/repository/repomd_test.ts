import assert from "node:assert/strict";
import * as fc from "fast-check";
import { RedpakError } from "../../core/error.ts";
import { addressOf, locationProblem } from "./location.ts";
import { readRepomd, type Repomd } from "./repomd.ts";

const A = "a".repeat(64);
const B = "b".repeat(128);

/** As createrepo_c writes it. */
function repomd(primary: string, rest = ""): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<repomd xmlns="http://linux.duke.edu/metadata/repo" xmlns:rpm="http://linux.duke.edu/metadata/rpm">
  <revision>1700000000</revision>
  <data type="primary">${primary}</data>
${rest}</repomd>
`;
}

const PRIMARY = `
    <checksum type="sha256">${A}</checksum>
    <open-checksum type="SHA512">${B.toUpperCase()}</open-checksum>
    <location href="repodata/a-primary.xml.zst"/>
    <timestamp>1700000001</timestamp>
    <size>120</size>
    <open-size>4000</open-size>
  `;
const OTHER =
  `<data type="other"><checksum type="md5">x</checksum><location href="../x"/><timestamp>1700000002.5</timestamp></data>`;

function read(text: string): Repomd {
  return readRepomd(new TextEncoder().encode(text), "repomd.xml");
}

function refusal(text: string): string {
  try {
    read(text);
  } catch (error) {
    assert(error instanceof RedpakError, String(error));
    return `${error.code} ${error.message.replace(/^Cannot \w+ "repomd.xml": /, "")}`;
  }
  return "";
}

Deno.test("what is announced is read; metadata that nobody needs is not looked at", () => {
  const filelists =
    `<data type="filelists"><checksum type="sha256">${A}</checksum><location href="f.xml"/><size>7</size></data>`;
  const sum = { algorithm: "sha256", hex: A };
  assert.deepEqual(read(repomd(PRIMARY, OTHER + filelists)), {
    primary: {
      kind: "primary",
      location: "repodata/a-primary.xml.zst",
      checksum: sum,
      size: 120,
      compression: "zstd",
      openChecksum: { algorithm: "sha512", hex: B },
      openSize: 4000,
    },
    filelists: {
      kind: "filelists",
      location: "f.xml",
      checksum: sum,
      size: 7,
      compression: "none",
      openChecksum: sum,
      openSize: 7,
    },
    age: { revision: 1_700_000_000, timestamp: 1_700_000_002 },
  });
});

Deno.test("a revision that is no number orders nothing", () => {
  assert.deepEqual(read(repomd(PRIMARY).replace("1700000000", "spring")).age, {
    revision: undefined,
    timestamp: 1_700_000_001,
  });
});

for (
  const [text, expected] of [
    ["<x/>", "E_REPOMD expected <repomd>, found <x>"],
    [
      repomd(PRIMARY).replace("<repomd", "<!DOCTYPE repomd><repomd"),
      "E_XML_DOCTYPE it has a document type, which could define entities",
    ],
    ["<repomd/>", "E_REPOMD it has no primary metadata"],
    [repomd(PRIMARY, `<data type="primary">${PRIMARY}</data>`), "E_REPOMD it has primary twice"],
    [repomd(""), "E_REPOMD primary: nothing says where it is"],
    [
      repomd(PRIMARY.replace("sha256", "sha")),
      'E_REPOMD primary: its checksum is of the type "sha": only sha256 and sha512 count',
    ],
    [
      repomd(PRIMARY.replace("sha256", "md5")),
      'E_REPOMD primary: its checksum is of the type "md5": only sha256 and sha512 count',
    ],
    [repomd(PRIMARY.replace(A, A.slice(1))), "E_REPOMD primary: its checksum is no sha256"],
    [
      repomd(PRIMARY.replace("SHA512", "sha1")),
      'E_REPOMD primary: its checksum is of the type "sha1": only sha256 and sha512 count',
    ],
    [repomd(PRIMARY.replace(/<checksum.*/, "")), "E_REPOMD primary: it has no checksum"],
    [repomd(PRIMARY.replace(">120<", ">-1<")), 'E_REPOMD primary: its size is "-1"'],
    [repomd(PRIMARY.replace(">4000<", ">1e9<")), 'E_REPOMD primary: its open-size is "1e9"'],
    [
      repomd(PRIMARY.replace("repodata/", "../")),
      'E_REPOMD primary: its location "../a-primary.xml.zst" has an empty component, "." or ".."',
    ],
    [
      repomd(PRIMARY.replace("repodata/", "/")),
      'E_REPOMD primary: its location "/a-primary.xml.zst" is an absolute path',
    ],
    [
      repomd(PRIMARY.replace("repodata/", "file:///")),
      'E_REPOMD primary: its location "file:///a-primary.xml.zst" is an address of its own',
    ],
    [
      repomd(PRIMARY.replace("<location", '<location xml:base="http://x/"')),
      "E_REPOMD primary: it is said to be in another repository",
    ],
    [
      repomd(PRIMARY.replace(".zst", ".zck")),
      'E_REPOMD primary: its location "repodata/a-primary.xml.zck" ends with none of .gz, .xz, .zst, .bz2, .xml',
    ],
  ] as const
) {
  Deno.test(`refused: ${expected}`, () => assert.equal(refusal(text), expected));
}

Deno.test("a state with a piece cut out or put in is read or refused, and nothing else", () => {
  const text = repomd(PRIMARY, OTHER);
  fc.assert(fc.property(fc.nat(text.length), fc.nat(80), fc.string({ maxLength: 8 }), (at, cut, put) => {
    refusal(text.slice(0, at) + put + text.slice(at + cut));
  }));
});

for (
  const location of [
    "",
    "a//b",
    "/a",
    "//host/a",
    "../a",
    "a/../b",
    "a/..",
    "./a",
    "a/%2e%2E/b",
    "a/.%2e",
    "a%2fb",
    "a%5Cb",
    "a\\b",
    "http://x/a",
    "file:a",
    "a:b",
    "a?b",
    "a#b",
    "a\nb",
    "a\u202eb",
    "a".repeat(1025),
  ]
) {
  Deno.test(`"${location.slice(0, 20)}" is no path below a repository`, () =>
    assert(locationProblem(location) !== undefined));
}

for (
  const [base, location, address] of [
    [
      "https://a.example/os/",
      "Packages/a-1.0+git~1.x86_64.rpm",
      "https://a.example/os/Packages/a-1.0+git~1.x86_64.rpm",
    ],
    ["https://a.example", "repodata/repomd.xml", "https://a.example/repodata/repomd.xml"],
    ["https://a.example/os?sig=1%202", "a b%20c^.rpm", "https://a.example/os/a%20b%20c%5E.rpm?sig=1%202"],
    ["file:///srv/re%20po", "a:b/ü.rpm".slice(4), "file:///srv/re%20po/%C3%BC.rpm"],
  ] as const
) {
  Deno.test(`"${location}" is at ${address}`, () => {
    assert.equal(locationProblem(location), undefined);
    assert.equal(addressOf(base, location), address);
  });
}

Deno.test("no location leads out of its repository", () => {
  const piece = fc.constantFrom(".", "..", "/", "%2e", "%2F", "a", ":", "\\", "?", "#", "%", "\t", "//");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")), (location) => {
      if (locationProblem(location) !== undefined) return;
      for (const base of ["https://a.example/x/y/?q", "file:///x/y"]) {
        const { protocol, host, pathname } = new URL(addressOf(base, location));
        assert.equal(`${protocol}//${host}`, new URL(base).protocol + "//" + new URL(base).host);
        assert(pathname.startsWith("/x/y/"), pathname);
      }
    }),
    { numRuns: 3000 },
  );
});
