import assert from "node:assert/strict";
import { config, FILE, problems, settings, status } from "./_parse_fixtures.ts";
import { parseConfig, parseStatus } from "./parse.ts";
import { ENVIRON_MODES, EXPORT_MODES, SCALAR_KEYS } from "./schema.ts";

Deno.test("a file has headers with an alias, and nothing else is needed", async () => {
  assert.deepEqual(await config("headers:\n  alias: a\n"), { headers: { alias: "a" } });
});

Deno.test("keys count in any case at every level", async () => {
  const text = "HEADERS: {Alias: a, NAME: n}\nExports: [{MODE: tmpfs, Mount: /x}]\nEnviron: [{KEY: K, Value: v}]\n" +
    "config: {Die-With-Parent: enabled, Share_Net: ENABLED, CGroups: {Mem: {MAX: 1G}}, Capabilities: [{CAP: ALL, Add: 0}]}\n";
  assert.deepEqual(await config(text), {
    headers: { alias: "a", name: "n" },
    exports: [{ mode: "Tmpfs", mount: "/x" }],
    environ: [{ mode: "Default", key: "K", value: "v" }],
    config: {
      "die-with-parent": "Enabled",
      share_net: "enabled",
      cgroups: { mem: { max: "1G" } },
      capabilities: [{ cap: "ALL", add: false }],
    },
  });
});

Deno.test("empty mappings and lists are fine", async () => {
  const empty = {
    headers: { alias: "a" },
    exports: [],
    environ: [],
    config: { cgroups: { io: {} }, capabilities: [] },
  };
  assert.deepEqual(
    await config("headers: {alias: a}\nexports: []\nenviron: []\nconfig: {cgroups: {io: {}}, capabilities: []}\n"),
    empty,
  );
});

for (const mode of EXPORT_MODES) {
  Deno.test(`export mode ${mode} is known in any case`, async () => {
    for (const spelling of [mode, mode.toLowerCase(), mode.toUpperCase()]) {
      const entries =
        (await config(`headers: {alias: a}\nexports: [{mode: ${spelling}, mount: /m, path: p}]\n`)).exports;
      assert.deepEqual(entries, [{ mode, mount: "/m", path: "p" }]);
    }
  });
}

for (const mode of ENVIRON_MODES) {
  Deno.test(`environ mode ${mode} is known in any case`, async () => {
    for (const spelling of [mode, mode.toLowerCase(), mode.toUpperCase()]) {
      const entries = (await config(`headers: {alias: a}\nenviron: [{mode: ${spelling}, key: K, value: v}]\n`)).environ;
      assert.deepEqual(entries, [{ mode, key: "K", value: "v" }]);
    }
  });
}

for (
  const [key, text, value] of [
    ["verbose", "27", 27],
    ["verbose", "0x1b", 27],
    ["verbose", "0X1B", 27],
    ["verbose", "033", 27],
    ["verbose", "-5", -5],
    ["verbose", "+5", 5],
    ["verbose", "-0", 0],
    ["verbose", "-2147483648", -2147483648],
    ["map-root-user", "1", 1],
    ["gpgcheck", "true", true],
    ["gpgcheck", "YES", true],
    ["gpgcheck", "on", true],
    ["gpgcheck", "Enable", true],
    ["gpgcheck", "1", true],
    ["unsafe", "False", false],
    ["unsafe", "no", false],
    ["inherit-env", "off", false],
    ["inherit-env", "disable", false],
    ["inherit-env", "0", false],
    ["die-with-parent", "unset", "Unset"],
    ["die-with-parent", "1", "Disabled"],
    ["new-session", "2", "Enabled"],
    ["new-session", "0", "Unset"],
    ["umask", "027", "027"],
    ["set-user", "1000", "1000"],
    ["hostname", "", ""],
    ["path", "/bin:$PATH", "/bin:$PATH"],
    ["share_all", "Unset", "unset"],
    ["share_time", "DISABLED", "disabled"],
    ["share_pid", "/proc/1/ns/pid", { join: "/proc/1/ns/pid" }],
  ] as const
) {
  Deno.test(`config.${key} understands "${text}"`, async () => {
    assert.deepEqual(await settings(`${key}: ${text}`), { [key]: value });
  });
}

Deno.test("historical keys take any value and leave nothing behind", async () => {
  assert.deepEqual(await settings("maxage: {a: [1, {b: c}]}", "inherit:", "umask: 022"), { umask: "022" });
});

Deno.test("every scalar key is one of config", async () => {
  for (const key of SCALAR_KEYS) {
    const found = await problems(`headers: {alias: a}\nconfig: {${key}: 1}\n`);
    assert.deepEqual(found.filter(([code]) => code === "E_KEY_UNKNOWN"), [], key);
  }
});

Deno.test("a profile of system calls is one of three, in any case", async () => {
  for (const [text, seccomp] of [["none", "none"], ["Default", "default"], ["STRICT", "strict"]] as const) {
    assert.deepEqual(await settings(`seccomp: ${text}`), { seccomp });
  }
  for (const text of ["off", "/etc/profile.json", "0", "''"]) {
    assert.equal((await problems(`headers: {alias: a}\nconfig: {seccomp: ${text}}\n`)).length, 1, text);
  }
});

Deno.test("sizes are numbers of bytes", async () => {
  assert.deepEqual(await settings("tmpfs-size: 128M"), { "tmpfs-size": 2 ** 27 });
  assert.deepEqual(await settings("tmpfs-size: max"), { "tmpfs-size": "max" });
  const { exports } = await config("headers: {alias: a}\nexports: [{mode: Tmpfs, mount: /x, size: 1G}]\n");
  assert.equal(exports?.[0]?.size, 2 ** 30);
});

Deno.test("all keys of all control groups are known", async () => {
  const groups = {
    cpuset: { cpus: "0-3", mems: "0", cpus_partition: "root" },
    cpu: { weight: "100", max: "1 2", weight_nice: "1" },
    mem: { min: "1", max: "2", high: "3", low: "4", oom_group: "5", swap_max: "6", swap_high: "7" },
    io: { max: "8:0 rbps=1", weight: "1", cost_qos: "1", cost_model: "1" },
    pids: { max: "1" },
  };
  assert.deepEqual(await settings(`cgroups: ${JSON.stringify(groups)}`), { cgroups: groups });
});

for (
  const [text, add] of [["0", false], ["1", true], ["-1", true], ["0x0", false], ["-0", false]] as const
) {
  Deno.test(`a capability with add: ${text} is ${add ? "kept" : "dropped"}`, async () => {
    assert.deepEqual(await settings(`capabilities: [{cap: CAP_CHOWN, add: ${text}}]`), {
      capabilities: [{ cap: "CAP_CHOWN", add }],
    });
  });
}

for (const state of ["Enable", "Disable", "Unknown", "Error"] as const) {
  Deno.test(`a status file says ${state}, as a name or a number`, async () => {
    const number = { Disable: 0, Enable: 1, Unknown: 2, Error: 3 }[state];
    for (const spelling of [state, state.toLowerCase(), number]) {
      const text = `realpath: /n\nTIMESTAMP: 1700000000000\nstate: ${spelling}\n`;
      assert.deepEqual(await status(text), { realpath: "/n", timestamp: 1700000000000, state });
    }
  });
}

for (const alias of ["a", "0", "a.b", "a-b_c", "x".repeat(63)]) {
  Deno.test(`"${alias}" is an alias`, async () => assert.deepEqual(await problems(`headers: {alias: "${alias}"}`), []));
}
for (
  const alias of ["", ".", "..", "/", "-rf", "A", "aB", "a b", "a/b", "a\\nb", "é", "x".repeat(64), "_a", "$(x)", "a@b"]
) {
  Deno.test(`"${alias}" is no alias`, async () => {
    assert.match(
      (await problems(`headers: {alias: "${alias}"}`)).join(),
      /^1:18 E_ALIAS Cannot read "headers.alias": expected/,
    );
  });
}
for (const alias of ["A", "a@b", "-rf", "a+b:c", "_", "x".repeat(200)]) {
  Deno.test(`compat takes "${alias}" for an alias, and the error without it says so`, async () => {
    const text = `headers: {alias: "${alias}"}`;
    assert.deepEqual(await problems(text, { compat: true }), []);
    assert.match((await problems(text)).join(), /hint: redpak 2.5 accepts it, and so does --compat$/);
  });
}
for (const alias of ["", "a.b", "a/b", "é", "a b"]) {
  Deno.test(`not even compat takes "${alias}" for an alias`, async () => {
    assert.match((await problems(`headers: {alias: "${alias}"}`, { compat: true })).join(), /^1:18 E_ALIAS /);
  });
}

Deno.test("locate gives the place of a value, or of the nearest thing around it", async () => {
  const text = `headers:
  alias: a
exports:
  - mode: Tmpfs
    mount: |
      /x
  - {mode: Tmpfs, mount: /y}
CONFIG:
  umask: 022
  hostname:
`;
  const { locate } = await parseConfig(text, FILE, "normal");
  const place = (...path: PropertyKey[]) => {
    const { file, line, column } = locate(path);
    assert.equal(file, FILE);
    return `${line}:${column}`;
  };
  assert.equal(place(), "1:1");
  assert.equal(place("headers"), "2:3");
  assert.equal(place("headers", "alias"), "2:10");
  assert.equal(place("headers", "info"), "2:3");
  assert.equal(place("exports"), "4:3");
  assert.equal(place("exports", 0), "4:5");
  assert.equal(place("exports", 0, "mount"), "5:12");
  assert.equal(place("exports", 0, "path"), "4:5");
  assert.equal(place("exports", 1, "mount"), "7:26");
  assert.equal(place("exports", 2, "mount"), "4:3");
  assert.equal(place("config", "umask"), "9:10");
  assert.equal(place("config", "hostname"), "10:12");
  assert.equal(place("nothing", "at", "all"), "1:1");
});

Deno.test("columns count UTF-16 units and not a byte order mark, in text and bytes alike", async () => {
  const text = `\uFEFFheaders: {info: "😀é", alias: a}`;
  for (const input of [text, new TextEncoder().encode(text)]) {
    assert.deepEqual((await parseConfig(input, FILE, "normal")).locate(["headers", "alias"]).column, 31);
  }
});

Deno.test("a file remembers its name and part", async () => {
  const { file, part } = await parseConfig("headers: {alias: a}", FILE, "admin");
  assert.deepEqual({ file, part }, { file: FILE, part: "admin" });
  assert.equal((await parseStatus("{realpath: /, timestamp: 0, state: Enable}", FILE)).locate(["state"]).column, 36);
});

Deno.test("names from the bottom of objects are unknown keys and reach nothing", async () => {
  for (const key of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    for (
      const text of [`${key}: {polluted: yes}\nheaders: {alias: a}`, `headers: {alias: a, ${key}: {polluted: yes}}`]
    ) {
      assert.match((await problems(text)).join(), new RegExp(`E_KEY_UNKNOWN .* unknown key "${key}"`));
    }
    assert.match((await problems(`headers: {alias: a}\nexports: [{mode: ${key}, mount: /}]`)).join(), /E_VALUE_ENUM/);
    assert.equal((await problems(`headers: {alias: a}\nconfig: {new-session: ${key}}`)).length, 1);
  }
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});
