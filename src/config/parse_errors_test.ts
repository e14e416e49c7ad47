import assert from "node:assert/strict";
import { RedpakError } from "../core/error.ts";
import { FILE, problems, settings, statusProblems } from "./_parse_fixtures.ts";
import { parseConfig } from "./parse.ts";

/** What is wrong with a `config` mapping of one line, which begins at 2:10. */
function wrong(line: string): Promise<string[]> {
  return problems(`headers: {alias: a}\nconfig: {${line}}\n`);
}

Deno.test("all mistakes of a file are reported at once, in its order", async () => {
  const text = `headers:
  alais: a
exprots:
  - mode: publc
    mount: /x
  - mode: symlink
    mout: /y
  - mode: Lock
  - foo
config:
  umask: [1]
  UMASK: 022
  umsak: 3
  verbose: abc
environ:
relocations: []
`;
  assert.deepEqual(await problems(text), [
    `2:3 E_KEY_UNKNOWN Cannot read "headers": unknown key "alais"; hint: did you mean "alias"?`,
    `3:1 E_KEY_UNKNOWN Cannot read "f": unknown key "exprots"; hint: did you mean "exports"?`,
    `4:11 E_VALUE_ENUM Cannot read "exports[0].mode": unknown value "publc"; hint: did you mean "Public"?; hint: allowed values: Public, Restricted, Private, PrivateRestricted, PublicFile, RestrictedFile, PrivateFile, Anonymous, Symlink, Execfd, Internal, Tmpfs, Procfs, Devfs, Mqueue, Lock`,
    `6:5 E_KEY_MISSING Cannot read "exports[1]": mode Symlink needs a "path"`,
    `7:5 E_KEY_UNKNOWN Cannot read "exports[1]": unknown key "mout"; hint: did you mean "mount"?`,
    `8:5 E_KEY_MISSING Cannot read "exports[2]": key "mount" is missing`,
    `9:5 E_VALUE_TYPE Cannot read "exports[3]": expected a mapping, got a text`,
    `11:10 E_VALUE_TYPE Cannot read "config.umask": expected a text, got a list`,
    `12:3 E_KEY_DUPLICATE Cannot read "config": key "UMASK" is given twice, first at 11:3 as "umask"`,
    `13:3 E_KEY_UNKNOWN Cannot read "config": unknown key "umsak"; hint: did you mean "umask"?`,
    `14:12 E_VALUE_FORMAT Cannot read "config.verbose": expected an integer from -2147483648 to 2147483647, got "abc"`,
    `15:9 E_VALUE_TYPE Cannot read "environ": expected a list, got nothing`,
    `16:1 E_KEY_UNKNOWN Cannot read "f": unknown key "relocations"; hint: "relocations" never had an effect and is gone since redpak 2.3: delete it`,
  ]);
});

Deno.test("one mistake is the error itself; several are counted", async () => {
  const read = (text: string) => () => parseConfig(text, FILE, "normal");
  await assert.rejects(read("headers: {alias: a, nam: b}"), (error) => {
    assert.ok(error instanceof RedpakError);
    assert.equal(error.message, `Cannot read "headers": unknown key "nam"`);
    assert.deepEqual(error.where, { file: FILE, line: 1, column: 21 });
    assert.deepEqual(error.hints, [`did you mean "name"?`]);
    assert.equal(error.problems.length, 1);
    return true;
  });
  await assert.rejects(read("headers: {alias: a, nam: b, inf: c}"), { message: `Cannot read "${FILE}": 2 problems` });
  await assert.rejects(read(`{headers: {alias: a}, ${Array.from({ length: 200 }, (_, i) => `x${i}: 1`).join()}}`), {
    message: `Cannot read "${FILE}": more than 100 problems`,
  });
});

for (
  const [text, ...expected] of [
    ["{}", `1:1 E_KEY_MISSING Cannot read "f": key "headers" is missing`],
    ["headers: {}", `1:10 E_KEY_MISSING Cannot read "headers": key "alias" is missing`],
    [
      "headers: {alias: }",
      `1:18 E_ALIAS Cannot read "headers.alias": expected lower-case letters, digits and _ . -, the first a letter or digit, at most 63, got ""`,
    ],
    ["headers: {alias: [a]}", `1:18 E_VALUE_TYPE Cannot read "headers.alias": expected a text, got a list`],
    ["headers:", `1:9 E_VALUE_TYPE Cannot read "headers": expected a mapping, got nothing`],
    ["headers: [a]", `1:10 E_VALUE_TYPE Cannot read "headers": expected a mapping, got a list`],
    [
      "headers: {alias: a}\nfoo: 1",
      `2:1 E_KEY_UNKNOWN Cannot read "f": unknown key "foo"; hint: known keys: headers, exports, environ, config`,
    ],
    [
      "headers: {alias: a}\nHeaders: {alias: b}",
      `2:1 E_KEY_DUPLICATE Cannot read "f": key "Headers" is given twice, first at 1:1 as "headers"`,
    ],
    [
      "headers: {alias: a}\nfoo: 1\nFOO: 2",
      `2:1 E_KEY_UNKNOWN Cannot read "f": unknown key "foo"; hint: known keys: headers, exports, environ, config`,
      `3:1 E_KEY_DUPLICATE Cannot read "f": key "FOO" is given twice, first at 2:1 as "foo"`,
    ],
    ["headers: {alias: a}\nexports: {}", `2:10 E_VALUE_TYPE Cannot read "exports": expected a list, got a mapping`],
    ["headers: {alias: a}\nexports: x", `2:10 E_VALUE_TYPE Cannot read "exports": expected a list, got a text`],
    ["headers: {alias: a}\nconfig:", `2:8 E_VALUE_TYPE Cannot read "config": expected a mapping, got nothing`],
    [
      "headers: {alias: a}\nexports: [{}]",
      `2:11 E_KEY_MISSING Cannot read "exports[0]": key "mode" is missing`,
      `2:11 E_KEY_MISSING Cannot read "exports[0]": key "mount" is missing`,
    ],
    [
      "headers: {alias: a}\nexports: [{mode: [x], mount: {}}]",
      `2:18 E_VALUE_TYPE Cannot read "exports[0].mode": expected a text, got a list`,
      `2:30 E_VALUE_TYPE Cannot read "exports[0].mount": expected a text, got a mapping`,
    ],
    [
      "headers: {alias: a}\nenviron: [{}]",
      `2:11 E_KEY_MISSING Cannot read "environ[0]": key "key" is missing`,
      `2:11 E_KEY_MISSING Cannot read "environ[0]": mode Default needs a "value"`,
    ],
    [
      "headers: {alias: a}\nenviron: [{key: A=B, mode: Statc}]",
      `2:17 E_VALUE_FORMAT Cannot read "environ[0].key": expected the name of a variable: not empty, without "=", got "A=B"`,
      `2:28 E_VALUE_ENUM Cannot read "environ[0].mode": unknown value "Statc"; hint: did you mean "Static"?; hint: allowed values: Default, Static, Execfd, Remove, Inherit`,
    ],
    [
      "headers: {alias: a}\nexports: [{mode: Tmpfs, mount: /x, optional: yes}]",
      `2:46 E_VALUE_FORMAT Cannot read "exports[0].optional": mode Tmpfs has no source to be absent`,
    ],
    [
      "headers: {alias: a}\nexports: [{mode: Devfs, mount: /dev, size: 1M, exec: 1}, {mode: Tmpfs, mount: /x, size: 0}]",
      `2:44 E_VALUE_FORMAT Cannot read "exports[0].size": it is for mode Tmpfs, not for Devfs`,
      `2:54 E_VALUE_FORMAT Cannot read "exports[0].exec": it is for mode Tmpfs, not for Devfs`,
      `2:89 E_VALUE_FORMAT Cannot read "exports[1].size": expected a number of bytes, with K, M, G or T for more, or max, got "0"`,
    ],
    [
      "headers: {alias: a}\nexports: [{mode: Devfs, mount: /dev, nosymfollow: 1}, {mode: Public, mount: /x, nosymfollow: 1}]",
      `2:51 E_VALUE_FORMAT Cannot read "exports[0].nosymfollow": it is for modes that bind or make a file system, not for Devfs`,
    ],
  ] as const
) {
  Deno.test(`${JSON.stringify(text)} says what is wrong`, async () => assert.deepEqual(await problems(text), expected));
}

Deno.test("what is wrong with an entry does not hide what else is wrong with it, nor makes up more", async () => {
  const entry = async (text: string) =>
    (await problems(`headers: {alias: a}\nexports: [{${text}}]\n`)).map((line) => line.split("; ")[0]);
  assert.deepEqual(await entry("mode: Symlink"), [
    `2:11 E_KEY_MISSING Cannot read "exports[0]": key "mount" is missing`,
    `2:11 E_KEY_MISSING Cannot read "exports[0]": mode Symlink needs a "path"`,
  ]);
  assert.deepEqual(await entry("mode: foo, mount: /x, optional: yes"), [
    `2:18 E_VALUE_ENUM Cannot read "exports[0].mode": unknown value "foo"`,
  ]);
  assert.deepEqual(await entry("mode: Tmpfs, mount: /x, optional: maybe"), [
    `2:46 E_VALUE_FORMAT Cannot read "exports[0].optional": expected true or false, got "maybe"`,
  ]);
});

for (
  const [line, ...expected] of [
    [
      "share_net: enable",
      `2:21 E_VALUE_FORMAT Cannot read "config.share_net": expected enabled, disabled, unset or the absolute path of a namespace file, got "enable"; hint: did you mean "enabled"?`,
    ],
    [
      "share_net: ",
      `2:21 E_VALUE_FORMAT Cannot read "config.share_net": expected enabled, disabled, unset or the absolute path of a namespace file, got ""`,
    ],
    [
      "gpgcheck: tru",
      `2:20 E_VALUE_FORMAT Cannot read "config.gpgcheck": expected true or false, got "tru"; hint: did you mean "true"?; hint: redpak 2.5 takes it for true`,
    ],
    [
      "gpgcheck: ",
      `2:20 E_VALUE_FORMAT Cannot read "config.gpgcheck": expected true or false, got ""; hint: redpak 2.5 takes it for true`,
    ],
    // Unknown to redpak 2.5.
    [
      "tmpfs-exec: maybe",
      `2:22 E_VALUE_FORMAT Cannot read "config.tmpfs-exec": expected true or false, got "maybe"`,
    ],
    [
      "new-session: 7",
      `2:23 E_VALUE_ENUM Cannot read "config.new-session": unknown value "7"; hint: allowed values: Unset, Enabled, Disabled; hint: redpak 2.5 takes it for Enabled`,
    ],
    ["capabilities: [{cap: ALL}]", `2:25 E_KEY_MISSING Cannot read "config.capabilities[0]": key "add" is missing`],
    [
      "capabilities: [{cap: ALL, add: true}]",
      `2:41 E_VALUE_FORMAT Cannot read "config.capabilities[0].add": expected an integer from -2147483648 to 2147483647, got "true"`,
    ],
    [
      "cgroups: {mem: {foo: 1G}}",
      `2:26 E_KEY_UNKNOWN Cannot read "config.cgroups.mem": unknown key "foo"; hint: known keys: max, high, min, low, oom_group, swap_high, swap_max`,
    ],
    ["cgroups: {io: }", `2:24 E_VALUE_TYPE Cannot read "config.cgroups.io": expected a mapping, got nothing`],
    [
      "maxage: 1, MaxAge: 2",
      `2:21 E_KEY_DUPLICATE Cannot read "config": key "MaxAge" is given twice, first at 2:10 as "maxage"`,
    ],
  ] as const
) {
  Deno.test(`config: {${line}} says what is wrong`, async () => assert.deepEqual(await wrong(line), expected));
}

for (
  const number of ["1.5", "1e3", "1e999", "NaN", "Infinity", "2147483648", "-2147483649", "08", "0x", "1_0", "", "٣"]
) {
  Deno.test(`"${number}" is no integer`, async () =>
    assert.match((await wrong(`verbose: "${number}"`)).join(), /E_VALUE_FORMAT/));
}

for (const time of ["-1", "9007199254740992", "0x20000000000000", "1.5", "", "2026-01-02"]) {
  Deno.test(`"${time}" is no time`, async () => {
    assert.match(
      (await statusProblems(`realpath: /n\nstate: Enable\ntimestamp: ${time}\n`)).join(),
      /^3:\d+ E_VALUE_FORMAT Cannot read "timestamp": expected an integer from 0 to 9007199254740991, got/,
    );
  });
}

Deno.test("a status file has its own keys", async () => {
  assert.deepEqual(await statusProblems("headers: {alias: a}\nstate: Enabled\n"), [
    `1:1 E_KEY_UNKNOWN Cannot read "f": unknown key "headers"; hint: known keys: realpath, info, timestamp, ids, state`,
    `1:1 E_KEY_MISSING Cannot read "f": key "realpath" is missing`,
    `1:1 E_KEY_MISSING Cannot read "f": key "timestamp" is missing`,
    `2:8 E_VALUE_ENUM Cannot read "state": unknown value "Enabled"; hint: did you mean "Enable"?; hint: allowed values: Enable, Disable, Unknown, Error`,
  ]);
});

Deno.test("exports are limited in number", async () => {
  const exports = (count: number) => `headers: {alias: a}\nexports: [${"{mode: Tmpfs, mount: /x},".repeat(count)}]\n`;
  assert.deepEqual(await problems(exports(512)), []);
  assert.deepEqual(await problems(exports(513)), [`2:10 E_YAML_LIMIT Cannot read "exports": more than 512 entries`]);
});

Deno.test("messages stay short and on one line, whatever they quote", async () => {
  const huge = "x".repeat(60_000);
  for (
    const text of [`${huge}: 1`, `headers: {alias: ${huge}}`, `headers: {alias: "a\\nb"}`, `headers: [${huge}\n: ]`]
  ) {
    for (const problem of await problems(text)) assert.ok(problem.length < 400 && !problem.includes("\n"), problem);
  }
});

Deno.test("a key taken for another is read as that one, so that its value is looked at too", async () => {
  assert.deepEqual((await wrong("gpgchek: maybe")).map((problem) => problem.split(" ", 2).join(" ")), [
    "2:10 E_KEY_UNKNOWN",
    "2:19 E_VALUE_FORMAT",
  ]);
  assert.equal((await wrong("gpgchek: maybe, gpgcheck: yes")).length, 1);
  assert.deepEqual(await settings("umask: 2"), { umask: "2" });
});
