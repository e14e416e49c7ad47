import assert from "node:assert/strict";
import * as fc from "fast-check";
import { config, FILE, problems, problemsOf, settings } from "./_parse_fixtures.ts";
import { parseConfig, parseStatus } from "./parse.ts";

const COMPAT = { compat: true };

/** What a text means to redpak 2.5 behind a key of `config`; the code of the problem where it refuses the text. */
async function meaning(key: string, text: string): Promise<unknown> {
  const file = `headers: {alias: a}\nconfig: {${key}: ${JSON.stringify(text)}}\n`;
  const [problem] = await problems(file, COMPAT);
  if (problem !== undefined) return problem.split(" ")[1];
  return Object.values((await config(file, COMPAT)).config ?? {})[0];
}

for (const text of ["false", "No", "OFF", "disable", "0"]) {
  Deno.test(`compat: ${text} is false`, async () => assert.equal(await meaning("gpgcheck", text), false));
}
for (const text of ["true", "1", "n", "nope", "", "00", "disabled", "~", "f"]) {
  Deno.test(`compat: "${text}" is true`, async () => assert.equal(await meaning("gpgcheck", text), true));
}

const INTEGERS: readonly [text: string, value: number | "E_VALUE_FORMAT"][] = [
  ["27", 27],
  ["0x1b", 27],
  ["0X1B", 27],
  ["033", 27],
  ["+7", 7],
  ["-0x10", -16],
  [" \t12", 12],
  ["12 monkeys", 12],
  ["08", 0],
  ["0x", 0],
  ["1.9", 1],
  ["-2147483648", -2147483648],
  ["2147483648", "E_VALUE_FORMAT"],
  ["99999999999999999999", "E_VALUE_FORMAT"],
  ["one", "E_VALUE_FORMAT"],
  ["- 1", "E_VALUE_FORMAT"],
  ["", "E_VALUE_FORMAT"],
];
for (const [text, value] of INTEGERS) {
  Deno.test(`compat: the integer "${text}" is ${value}, as for strtoll`, async () => {
    assert.equal(await meaning("verbose", text), value);
  });
}

for (
  const [text, value] of [
    ["0", "Unset"],
    ["1", "Disabled"],
    ["2", "Enabled"],
    ["0x2", "Enabled"],
    ["7", "Enabled"],
    ["4", "Disabled"],
    ["-1", "Enabled"],
    ["ENABLED", "Enabled"],
    ["on", "E_VALUE_ENUM"],
  ] as const
) {
  Deno.test(`compat: the option ${text} counts as ${value}`, async () => {
    assert.equal(await meaning("new-session", text), value);
  });
}

for (const text of ["enable", "", "relative/ns", "/proc/1/ns/net", "true"]) {
  Deno.test(`compat: share_net "${text}" joins that file`, async () => {
    assert.deepEqual(await meaning("share_net", text), { join: text });
  });
}
for (const text of ["ENABLED", "Disabled", "unSet"]) {
  Deno.test(`compat: share_net ${text} is a word`, async () => {
    assert.equal(await meaning("share_net", text), text.toLowerCase());
  });
}

const status = async (timestamp: string, state = "Enable") => {
  const text = `realpath: /n\ntimestamp: ${JSON.stringify(timestamp)}\nstate: ${state}\n`;
  const read = () => parseStatus(text, FILE, COMPAT);
  const [problem] = await problemsOf(read);
  return problem?.split(" ")[1] ?? (await read()).status;
};
for (
  const [text, value] of [
    ["1700000000000", 1700000000000],
    ["0x10", 16],
    ["1.5", 1],
    ["-5", Number(2n ** 64n - 5n)],
    ["18446744073709551615", 2 ** 64],
    ["18446744073709551616", undefined],
    ["", undefined],
  ] as const
) {
  Deno.test(`compat: the timestamp "${text}" is ${value ?? "refused"}, as for strtoull`, async () => {
    const read = await status(text);
    assert.equal(typeof read === "string" ? undefined : read.timestamp, value);
  });
}

Deno.test("compat: a state may be a number, and one without name is unknown", async () => {
  const states = await Promise.all(["0", "1", "2", "3", "9", "-1"].map((state) => status("1", state)));
  assert.deepEqual(states.map((read) => typeof read === "string" ? read : read.state), [
    "Disable",
    "Enable",
    "Unknown",
    "Error",
    "Unknown",
    "Unknown",
  ]);
  assert.equal(await status("1", "enabled"), "E_VALUE_ENUM");
});

Deno.test("compat: entries may lack what their mode needs, and variables have any name", async () => {
  const text = `headers: {alias: A+b@c}
exports: [{mode: Symlink, mount: /s}, {mode: Execfd, mount: date}, {mode: Internal, mount: "7"}]
environ: [{key: A=B}, {key: "", mode: Static}, {key: "C\\tD", mode: Execfd}]
`;
  assert.deepEqual(await config(text, COMPAT), {
    headers: { alias: "A+b@c" },
    exports: [{ mode: "Symlink", mount: "/s" }, { mode: "Execfd", mount: "date" }, { mode: "Internal", mount: "7" }],
    environ: [{ mode: "Default", key: "A=B" }, { mode: "Static", key: "" }, { mode: "Execfd", key: "C\tD" }],
  });
  assert.equal((await problems(text)).length, 10);
});

Deno.test("compat: what redpak 2.5 refuses is refused", async () => {
  for (
    const text of [
      "",
      "- a\n",
      "headers: {alias: a}\nunknown: 1\n",
      "headers: {alias: a, Alias: b}\n",
      "headers: {alias: a.b}\n",
      "headers: {name: a}\n",
      "headers: {alias: a}\nconfig:\n",
      "headers: {alias: a}\nexports:\n",
      "headers: {alias: a}\nexports: [{mode: 1, mount: /x}]\n",
      "headers: {alias: a}\nrelocations: []\n",
      "headers: {alias: a}\nconfig: {capabilities: [{cap: ALL, add: true}]}\n",
    ]
  ) assert.notDeepEqual(await problems(text, COMPAT), [], text);
});

Deno.test("compat: control characters may be written as escape sequences, all but NUL", async () => {
  const text = (escape: string) => `headers: {alias: a}\nenviron: [{key: PS1, value: "${escape}"}]\n`;
  assert.equal((await config(text("\\e[1m\\u2028"), COMPAT)).environ?.[0]?.value, "\x1b[1m\u2028");
  assert.match((await problems(text("a\\0"), COMPAT)).join(), /E_YAML_CHARACTER/);
  assert.match((await problems(text("\\e"))).join(), /E_YAML_CHARACTER/);
  assert.equal((await config(`headers: {alias: a, info: "\u202E"}`, COMPAT)).headers.info, "\u202E");
  for (const raw of ["\x1b", "\x85", "\u2028", "\r", "\uFEFF"]) {
    assert.match((await problems(`headers: {alias: a, info: "${raw}"}`, COMPAT)).join(), /E_YAML_CHARACTER/);
  }
});

Deno.test("values are known as they are written", async () => {
  const text =
    "headers: {alias: a}\nCONFIG: {Share_Net: ENABLED, new-session: 0x7, capabilities: [{cap: x, add: 01}]}\n";
  const { written } = await parseConfig(text, FILE, "normal", COMPAT);
  assert.equal(written(["config", "share_net"]), "ENABLED");
  assert.equal(written(["config", "new-session"]), "0x7");
  assert.equal(written(["config", "capabilities", 0, "add"]), "01");
  assert.equal(written(["config", "hostname"]), undefined);
  assert.equal(written(["config"]), undefined);
});

Deno.test("compat reads what is read without it, and the same", async () => {
  const word = fc.constantFrom("true", "NO", "on", "0", "1");
  const values = fc.record({
    gpgcheck: word,
    unsafe: word,
    verbose: fc.constantFrom("0", "0x1f", "-017", "+3"),
    "new-session": fc.constantFrom("0", "1", "2", "enabled", "Disabled"),
    share_all: fc.constantFrom("Unset", "enabled", "/proc/1/ns/net"),
    hostname: fc.constantFrom("a", "''", "$X"),
  }, { requiredKeys: [] });
  await fc.assert(fc.asyncProperty(values, async (given) => {
    const lines = Object.entries(given).map(([key, value]) => `${key}: ${value}`);
    if (lines.length === 0) return;
    const text = `headers: {alias: a}\nconfig: {${lines.join(", ")}}\n`;
    assert.deepEqual((await config(text, COMPAT)).config, await settings(...lines));
  }));
});
