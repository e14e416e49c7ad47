import assert from "node:assert/strict";
import * as fc from "fast-check";
import { formatPosition, type Problem } from "../../core/error.ts";
import { parseRepoFile, type RepoFile } from "./parse_repo_file.ts";
import { REPO_KEYS } from "./repo_keys.ts";

const VARIABLES = new Map([["basearch", "x86_64"], ["releasever", "9"]]);

function parse(text: string): RepoFile {
  return parseRepoFile(new TextEncoder().encode(text), "a.repo", VARIABLES);
}

/** `line:column code message` of everything that is wrong. */
function problems(text: string): string[] {
  const { problems, definitions } = parse(text);
  return [...problems, ...definitions.flatMap((definition) => definition.problems)].map(show);
}

function show({ where, code, message }: Problem): string {
  return `${where?.line}:${where?.column} ${code} ${message}`;
}

function values(text: string): Record<string, unknown> {
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(plain);
    return (value as { value: unknown }).value;
  };
  const [definition] = parse(text).definitions;
  assert.deepEqual(definition?.problems, []);
  return Object.fromEntries(Object.entries(definition?.values ?? {}).map(([key, value]) => [key, plain(value)]));
}

Deno.test("every key is read as what it is", () => {
  const read = values(`# comment
[updates]
name = Updates for $releasever ; #1
baseurl=https://a.example/$basearch/os/?token=x%20y
  http://b.example/\${releasever}
  ; a comment among them
	/srv/a,file:///srv/b%20c
mirrorlist=https://m.example/list?arch=$basearch&x=;y
metalink=https://m.example/metalink
enabled=No
gpgcheck=TRUE
repo_gpgcheck=on
gpgkey=
  file:///etc/pki/rpm-gpg/A, https://a.example/B
priority=10
cost=500
includepkgs=a* b-[0-9],c
exclude=d
sslverify=1
sslcacert=/etc/pki/ca.pem
sslclientcert=/etc/pki/client.pem
sslclientkey=/etc/pki/client.key
username=u$er
password=p;a#s$word =
proxy=http://proxy.example:3128
timeout=5
minrate=2000
retries=0
metadata_expire=6h
skip_if_unavailable=1
`);
  assert.deepEqual(read, {
    name: "Updates for 9 ; #1",
    baseurl: [
      "https://a.example/x86_64/os/?token=x%20y",
      "http://b.example/9",
      "file:///srv/a",
      "file:///srv/b%20c",
    ],
    mirrorlist: "https://m.example/list?arch=x86_64&x=;y",
    metalink: "https://m.example/metalink",
    enabled: false,
    gpgcheck: true,
    repo_gpgcheck: true,
    gpgkey: ["file:///etc/pki/rpm-gpg/A", "https://a.example/B"],
    priority: 10,
    cost: 500,
    includepkgs: ["a*", "b-[0-9]", "c"],
    excludepkgs: ["d"],
    sslverify: true,
    sslcacert: "/etc/pki/ca.pem",
    sslclientcert: "/etc/pki/client.pem",
    sslclientkey: "/etc/pki/client.key",
    username: "u$er",
    password: "p;a#s$word =",
    proxy: "http://proxy.example:3128/",
    timeout: 5,
    minrate: 2000,
    retries: 0,
    metadata_expire: 21_600,
    skip_if_unavailable: true,
  });
  assert.deepEqual(Object.keys(read).sort(), Object.keys(REPO_KEYS).sort());
});

for (
  const [text, expected] of [
    ["x=1", '1:1 E_REPO_SYNTAX Cannot read "a.repo": "x" belongs to no repository'],
    ["[a\nbaseurl=/a", '1:1 E_REPO_SYNTAX Cannot read "a.repo": expected [REPOSITORY], found "[a"'],
    [
      "[a]\nbaseurl=/a\nnonsense",
      '3:1 E_REPO_SYNTAX Cannot read "a.repo": expected [REPOSITORY] or KEY=VALUE, found "nonsense"',
    ],
    ["[a]\nbaseurl=/a\n=1", '3:1 E_REPO_SYNTAX Cannot read "a.repo": expected [REPOSITORY] or KEY=VALUE, found "=1"'],
    ["[a]\nbaseurl=/a\n\n  /b", '4:3 E_REPO_SYNTAX Cannot read "a.repo": "/b" continues nothing'],
    ["[a]\n  baseurl=/a\nbaseurl=/a", '2:3 E_REPO_SYNTAX Cannot read "a.repo": "baseurl=/a" continues nothing'],
    ["[a]\nbaseurl=/a\nname=a\x1bb", '3:7 E_REPO_SYNTAX Cannot read "a.repo": it has a control character'],
    [
      "[a/b]\nbaseurl=/a",
      '1:2 E_REPO_ID Cannot use "a/b" as a repository: expected letters, digits and "._:-", at most 100',
    ],
    [
      "[..]\nbaseurl=/a",
      '1:2 E_REPO_ID Cannot use ".." as a repository: expected letters, digits and "._:-", at most 100',
    ],
    ["[a]\nname=x", '1:2 E_REPO_NO_ADDRESS Cannot use repository "a": nothing says where it is'],
    [
      "[a]\nbaseurl=ftp://a.example/",
      '2:9 E_REPO_VALUE Cannot use "baseurl": expected http://, https://, file:// or an absolute path, found "ftp://a.example/"',
    ],
    [
      "[a]\nbaseurl=/a b",
      '2:12 E_REPO_VALUE Cannot use "baseurl": expected http://, https://, file:// or an absolute path, found "b"',
    ],
    [
      "[a]\nbaseurl=http:/a",
      '2:9 E_REPO_VALUE Cannot use "baseurl": expected http://, https://, file:// or an absolute path, found "http:/a"',
    ],
    [
      "[a]\nbaseurl=file://host/a",
      '2:9 E_REPO_VALUE Cannot use "baseurl": "file://host/a" is a file of another machine',
    ],
    [
      "[a]\nbaseurl=https://a.example/#x",
      '2:9 E_REPO_VALUE Cannot use "baseurl": an address of a repository has no "#": "https://a.example/#x"',
    ],
    ["[a]\nbaseurl=/a\ngpgcheck=maybe", '3:10 E_REPO_VALUE Cannot use "gpgcheck": expected 1 or 0, found "maybe"'],
    ["[a]\nbaseurl=/a\npriority=high", '3:10 E_REPO_VALUE Cannot use "priority": expected a number, found "high"'],
    ["[a]\nbaseurl=/a\ncost=-1", '3:6 E_REPO_VALUE Cannot use "cost": it is below 0'],
    [
      "[a]\nbaseurl=/a\ntimeout=5y",
      '3:9 E_REPO_VALUE Cannot use "timeout": expected seconds, a number with m, h, d or w, or never, found "5y"',
    ],
    ["[a]\nbaseurl=/a\nname=x\n  y", '4:3 E_REPO_VALUE Cannot use "name": it has one value, and this is a second line'],
    [
      "[a]\nbaseurl=/a\nname=x\nname=y",
      '4:1 E_REPO_TWICE Cannot define "name" twice: it is defined by a.repo:3:1 already',
    ],
    [
      "[a]\nbaseurl=/a\nexclude=x\nexcludepkgs=y",
      '4:1 E_REPO_TWICE Cannot define "excludepkgs" twice: it is defined by a.repo:3:1 already',
    ],
    [
      "[a]\nbaseurl=/a\n[b]\nbaseurl=/b\n[a]\nbaseurl=/c",
      '5:2 E_REPO_TWICE Cannot define repository "a" twice: it is defined by a.repo:1:2 already',
    ],
    [
      "[a]\nbaseurl=/a\nsslverify=0",
      "3:11 E_REPO_SSLVERIFY Cannot turn sslverify off: anybody between here and the server could send what they like",
    ],
    [
      "[a]\nbaseurl=/$nothing",
      '2:9 E_REPO_VARIABLE Cannot replace the variables in "/$nothing": nothing says what $nothing is',
    ],
  ] as const
) {
  Deno.test(`refused, with its place: ${JSON.stringify(text)}`, () => assert.deepEqual(problems(text), [expected]));
}

Deno.test("bytes that are no text have a line", () => {
  const bytes = new Uint8Array([...new TextEncoder().encode("[a]\nbaseurl=/a\nname="), 0xff, 10]);
  assert.deepEqual(parseRepoFile(bytes, "a.repo", VARIABLES).problems.map(show), [
    '3:1 E_REPO_SYNTAX Cannot read "a.repo": it is not UTF-8 text',
  ]);
});

Deno.test("what is wrong hides nothing else that is", () => {
  assert.equal(problems("x\n[a]\ncost=-1\nsslverify=0\nenabled=2\n[a]\n").length, 7);
});

Deno.test("an address with a name and password is refused without being shown", () => {
  const [problem] = problems("[a]\nbaseurl=https://user:secret@a.example/");
  assert.match(problem!, /^2:9 E_REPO_VALUE .*no name or password$/);
});

Deno.test("keys that have no effect are warned of: with the reason, or with what was probably meant", () => {
  const { warnings } = parse("[a]\nbaseurl=/a\nfastestmirror=1\ngpgchek=1\nGPGCHECK=1\nx-vendor=1\n[main]\nx=1\n");
  assert.deepEqual(warnings.map(({ message, where, hints = [] }) => [formatPosition(where!), message, ...hints]), [
    [
      "a.repo:3:1",
      '"fastestmirror" has no effect: mirrors are taken in their order, and downloads are parallel in any case',
    ],
    ["a.repo:4:1", '"gpgchek" has no effect: there is no such key', "did you mean gpgcheck?"],
    ["a.repo:5:1", '"GPGCHECK" has no effect: there is no such key', "did you mean gpgcheck?"],
    ["a.repo:6:1", '"x-vendor" has no effect: there is no such key'],
    ["a.repo:7:2", 'The section [main] of "a.repo" has no effect: the settings of dnf are not those of redpak'],
  ]);
});

Deno.test("names of objects are no keys", () => {
  const { warnings, definitions } = parse("[__proto__]\nbaseurl=/a\nconstructor=1\n__proto__=1\ntoString=1\n");
  assert.equal(warnings.length, 3);
  assert.deepEqual(definitions.map(({ id, problems }) => [id, problems]), [["__proto__", []]]);
});

Deno.test("files of other systems are read: byte order mark, line ends of DOS, no last line end", () => {
  assert.deepEqual(values("\ufeff[a]\r\nbaseurl=/a\r\nname=x"), { baseurl: ["file:///a"], name: "x" });
});

Deno.test("whatever is in a file, every finding has a place in it", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "[",
      "]",
      "=",
      "\n",
      "\r\n",
      " ",
      "\t",
      "#",
      ";",
      "$",
      "${",
      "}",
      ":-",
      "\\",
      ",",
      "http://",
      "[a]\n",
    ),
    fc.constantFrom(...Object.keys(REPO_KEYS)),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join("");
      const { problems, warnings, definitions } = parse(text);
      const lines = text.split("\n");
      for (const { where } of [...problems, ...warnings, ...definitions.flatMap(({ problems }) => problems)]) {
        assert(where !== undefined && where.column >= 1);
        assert(where.column <= (lines[where.line - 1]?.length ?? -1) + 1, `${where.line}:${where.column}`);
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("what is written is what is read, in any layout", () => {
  const words = fc.array(fc.stringMatching(/^[a-z0-9.*_+-]{1,8}$/), { minLength: 1, maxLength: 5 });
  const gap = fc.constantFrom(" ", ",", ", ", "\n ", "\n\t", " \n  # comment\n   ");
  fc.assert(fc.property(words, gap, fc.boolean(), (packages, gap, spaced) => {
    const equals = spaced ? "  =\t" : "=";
    assert.deepEqual(
      values(`[a]\nbaseurl${equals}/a\nincludepkgs${equals}${packages.join(gap)}`).includepkgs,
      packages,
    );
  }));
});
