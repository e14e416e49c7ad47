import assert from "node:assert/strict";
import * as fc from "fast-check";
import { RedpakError } from "../core/error.ts";
import { config, FILE } from "./_parse_fixtures.ts";
import { parseConfig, parseStatus } from "./parse.ts";

/** Every key of the format once. */
const VALID = `headers:
  alias: full
  name: 0f8b
  info: "all keys"
exports:
  - mode: Public
    mount: /var/$NODE_ALIAS
    path: |-
      $NODE_PATH/var
    optional: true
    info: x
    warn: y
  - {mode: Symlink, mount: /home, path: /nodes}
environ:
  - mode: Static
    key: PS1
    value: '\\u $ '
    info: x
    warn: y
config:
  path: /bin
  ldpath: /lib64
  persistdir: /p
  rpmdir: /r
  cachedir: /c
  gpgcheck: true
  umask: 027
  set-user: "1000"
  set-group: users
  smack: label
  verbose: 0x1
  map-root-user: 0
  unsafe: no
  inherit-env: off
  die-with-parent: Enabled
  new-session: 1
  hostname:
  chdir: ~
  cgrouproot: /sys/fs/cgroup/x
  share_all: disabled
  share_user: unset
  share_cgroup: Disabled
  share_net: ENABLED
  share_pid: /proc/1/ns/pid
  share_ipc: disabled
  share_time: enabled
  maxage: 1
  inherit: 2
  cgroups:
    cpuset: {cpus: 0-3, mems: 0, cpus_partition: member}
    cpu: {weight: 100, max: max 100000, weight_nice: 1}
    mem: {min: 1M, max: 1G, high: 1G, low: 1, oom_group: 1, swap_max: 0, swap_high: 0}
    io: {max: 8:16 rbps=1, weight: 10, cost_qos: x, cost_model: y}
    pids: {max: 100}
  capabilities:
    - {cap: ALL, add: 0, info: x, warn: y}
    - {cap: CAP_CHOWN, add: 1}
`;
const STATUS = `realpath: /nodes/full\ninfo: created\ntimestamp: 1700000000000\nstate: Enable\n`;

/** The input is read, or refused by a {@link RedpakError} that says where. */
async function isReadOrRefused(input: string | Uint8Array): Promise<void> {
  for (const compat of [false, true]) {
    for (
      const read of [
        async () => (await parseConfig(input, FILE, "normal", { compat })).locate(["headers"]),
        async () => (await parseStatus(input, FILE, { compat })).locate([]),
      ]
    ) {
      try {
        assert.equal((await read()).file, FILE);
      } catch (error) {
        if (!(error instanceof RedpakError)) throw error;
        assert.equal(error.code, "E_CONFIG");
        assert.equal(error.exit, 3);
        assert.ok(error.problems.length > 0 && error.problems.length <= 100);
        const lines = (typeof input === "string" ? input : new TextDecoder().decode(input)).split("\n");
        for (const { where, message, code } of error.problems) {
          assert.match(code, /^E_[A-Z_]+$/);
          assert.ok(message.startsWith("Cannot read ") && !message.includes("\n") && message.length < 600, message);
          const width = lines[where!.line - 1]?.length;
          assert.ok(width !== undefined && where!.column >= 1 && where!.column <= width + 1, JSON.stringify(where));
        }
      }
    }
  }
}

function holds<T>(arbitrary: fc.Arbitrary<T>, claim: (value: T) => Promise<void>, numRuns = 200): Promise<void> {
  return fc.assert(fc.asyncProperty(arbitrary, claim), { seed: 2, numRuns });
}

Deno.test("the valid files that these tests change are valid", async () => {
  assert.equal((await config(VALID)).exports?.length, 2);
  assert.equal((await parseStatus(STATUS, FILE)).status.state, "Enable");
});

Deno.test("any bytes are read or refused with a place", async () => {
  await holds(fc.uint8Array({ maxLength: 2000 }), isReadOrRefused);
});

Deno.test("any text is read or refused with a place", async () => {
  await holds(fc.string({ unit: "binary", maxLength: 500 }), isReadOrRefused);
  await holds(fc.string({ unit: "binary-ascii", maxLength: 500 }), isReadOrRefused);
});

const PIECES = [
  ..."-?:,[]{}#&*!|>'\"%@` \n\t\\=<~",
  ...[
    "\n  ",
    "\n    ",
    "\r\n",
    "- ",
    "? ",
    ": ",
    "&a ",
    "*a",
    "!!str ",
    "!<x> ",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "<<: ",
    "|2+\n",
  ],
  ...[
    "headers: {alias: a}\n",
    "headers:\n",
    "alias",
    "exports:\n",
    "mode: tmpfs\n",
    "mount",
    "config",
    "umask: 027\n",
    "\\x00",
    "\u{1F600}",
  ],
];

Deno.test("any pieces of YAML put together are read or refused with a place", async () => {
  await holds(
    fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join("")),
    isReadOrRefused,
    500,
  );
});

Deno.test("a valid file with pieces put in, cut out or moved is read or refused with a place", async () => {
  const edit = fc.record({ at: fc.nat(VALID.length), cut: fc.nat(20), piece: fc.constantFrom("", ...PIECES) });
  for (const valid of [VALID, STATUS]) {
    const edited = fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) =>
      edits.reduce((text, { at, cut, piece }) => text.slice(0, at) + piece + text.slice(at + cut), valid)
    );
    await holds(edited, isReadOrRefused, 150);
  }
});

Deno.test("repeated pieces up to the largest size are read or refused with a place", async () => {
  const size = fc.constantFrom(1000, 30_000);
  const piece = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(""));
  await holds(fc.tuple(piece, size).map(([piece, size]) => piece.repeat(size / piece.length)), isReadOrRefused, 15);
});

Deno.test("a huge scalar is read up to the largest size", async () => {
  const text = (size: number) => `headers: {alias: a, info: ${"x".repeat(size)}}`;
  assert.equal((await config(text(65_000))).headers.info?.length, 65_000);
  await isReadOrRefused(text(10_000_000));
});

Deno.test("a NUL anywhere is refused", async () => {
  await holds(fc.nat(VALID.length), async (at) => {
    await assert.rejects(() => config(`${VALID.slice(0, at)}\0${VALID.slice(at)}`), /U\+0000 is not allowed/);
  });
});

const KEYS = [...VALID.matchAll(/([a-z_-]+):(?= |\n)/g)].map(({ index, 1: key }) => ({ index, key: key! }));

Deno.test("a file in which any key has one letter changed, added or missing is refused", async () => {
  const mutant = fc.constantFrom(...KEYS).chain((key) =>
    fc.record({
      key: fc.constant(key),
      at: fc.nat(key.key.length - 1),
      letter: fc.constantFrom("", ..."abdeiqmnstxz0_-"),
      cut: fc.constantFrom(0, 1),
    })
  );
  await holds(mutant, async ({ key: { index, key }, at, letter, cut }) => {
    const changed = key.slice(0, at) + letter + key.slice(at + cut);
    if (changed === key) return;
    const text = VALID.slice(0, index) + changed + VALID.slice(index + key.length);
    await assert.rejects(() => config(text), RedpakError, `${key} as ${changed}`);
  }, 500);
});

Deno.test("a file in which any key is written in another case means the same", async () => {
  const expected = await config(VALID);
  await holds(fc.array(fc.boolean(), { minLength: KEYS.length, maxLength: KEYS.length }), async (upper) => {
    const text = KEYS.reduce(
      (text, { index, key }, i) =>
        upper[i] ? text.slice(0, index) + key.toUpperCase() + text.slice(index + key.length) : text,
      VALID,
    );
    assert.deepEqual(await config(text), expected);
  }, 20);
});

Deno.test("any text in double quotes without refused characters is read as it is", async () => {
  await holds(fc.string({ unit: "grapheme", maxLength: 50 }), async (info) => {
    let read: string | undefined;
    try {
      read = (await config(JSON.stringify({ headers: { alias: "a", info } }))).headers.info;
    } catch (error) {
      if (!(error instanceof RedpakError) || !error.message.includes("is not allowed")) throw error;
      return;
    }
    assert.equal(read, info);
  });
});
