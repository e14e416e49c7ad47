import { deepEqual, equal, throws } from "node:assert/strict";
import * as fc from "fast-check";
import { run } from "./_run.ts";
import { ACCESS, compileDeviceFilter, KIND, placeOf } from "./compile.ts";
import { type DeviceRule, permits, placeRule, readRule, RULE_ACCESSES, showRule, STANDARD_RULES } from "./rule.ts";

/** Few numbers, so that rules and devices meet; and the ends of what there can be. */
const number = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom(4095, 1_048_575));
const major = number.map((number) => Math.min(number, 4095));
/** A rule can also say what no device has, and what in one number would be another device. */
const ruleMajor = fc.oneof({ weight: 5, arbitrary: major }, fc.constantFrom(4096, 4097));
const ruleMinor = fc.oneof({ weight: 5, arbitrary: number }, fc.constantFrom(1_048_576, 1_048_577));
const access = fc.constantFrom(...RULE_ACCESSES);
const kind = fc.constantFrom("block", "char");
const rules: fc.Arbitrary<DeviceRule[]> = fc.array(
  fc.record({
    kind,
    major: fc.tuple(ruleMajor, ruleMajor).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
    minor: fc.option(ruleMinor, { nil: undefined }),
    access,
  }),
  { maxLength: 6 },
);

function isOpened(
  program: Uint8Array,
  device: { kind: "block" | "char"; major: number; minor: number; access: string },
) {
  const bits = [...device.access].reduce((bits, letter) => bits | ACCESS[letter as "r" | "w"], 0);
  const given = run(program, { access: bits << 16 | KIND[device.kind], major: device.major, minor: device.minor });
  if (given !== 0 && given !== 1) throw new Error(`the program gives ${given}`);
  return given === 1;
}

Deno.test("a device can be opened if one rule permits it, and only then", () => {
  const seen = { yes: 0, no: 0 };
  fc.assert(
    fc.property(rules, fc.record({ kind, major, minor: number, access }), (rules, device) => {
      const expected = rules.some((rule) => permits(rule, device));
      seen[expected ? "yes" : "no"]++;
      equal(isOpened(compileDeviceFilter(rules), device), expected);
    }),
    { numRuns: 5000, seed: 1 },
  );
  equal(seen.yes > 500 && seen.no > 500, true, JSON.stringify(seen));
});

Deno.test("a device node can be made whatever the rules are, with mknod's own access", () => {
  equal(run(compileDeviceFilter([]), { access: 1 << 16 | KIND.block, major: 8, minor: 0 }), 1);
  equal(run(compileDeviceFilter([]), { access: 3 << 16 | KIND.block, major: 8, minor: 0 }), 0);
});

Deno.test("the standard devices can be opened, disks, memory and consoles cannot", () => {
  const program = compileDeviceFilter(STANDARD_RULES);
  const open = (kind: "block" | "char", major: number, minor: number) =>
    isOpened(program, { kind, major, minor, access: "rw" });
  const allowed = [[1, 3], [1, 5], [1, 7], [1, 8], [1, 9], [5, 0], [5, 2], [136, 0], [143, 255]] as const;
  for (const [major, minor] of allowed) {
    equal(open("char", major, minor), true, `char ${major}:${minor}`);
    equal(open("block", major, minor), false, `block ${major}:${minor}`);
  }
  const others = [[1, 1], [1, 2], [1, 4], [1, 11], [4, 0], [5, 1], [10, 200], [135, 0], [144, 0]] as const;
  for (const [major, minor] of others) equal(open("char", major, minor), false, `char ${major}:${minor}`);
  equal(open("block", 8, 0), false);
});

Deno.test("the program is what the kernel's assembler would give", () => {
  const rules = ["char 1:3 r", "char 4095:7 rw", "block 8-9:1 rw"].map(readRule);
  const words = [...new BigUint64Array(compileDeviceFilter(rules).buffer)]
    .map((word) => word.toString(16).padStart(16, "0"));
  deepEqual(words, [
    "0000000000001261", // r2 = *(u32 *)(r1 + 0)
    "00000000000023bf", // r3 = r2
    "0000ffff00000357", // r3 &= 0xffff
    "0000001000000277", // r2 >>= 16
    "0000000600000257", // r2 &= 6
    "0000000000130215", // if r2 == 0 goto +19
    "0000000000041461", // r4 = *(u32 *)(r1 + 4)
    "0000000000081561", // r5 = *(u32 *)(r1 + 8)
    "00000000000041bf", // r1 = r4
    "0000003400000167", // r1 <<= 52
    "00000020000001c7", // r1 s>>= 32
    "000000000000514f", // r1 |= r5
    "0000000200050355", // if r3 != 2 goto +5
    "0010000300030155", // if r1 != 0x100003 goto +3
    "00000000000020bf", // r0 = r2
    "0000000400000057", // r0 &= 4
    "0000000000080015", // if r0 == 0 goto +8
    "fff0000700070115", // if r1 == 0xfff00007 goto +7
    "0000000100040355", // if r3 != 1 goto +4
    "00000000000040bf", // r0 = r4
    "0000000800000017", // r0 -= 8
    "0000000100010025", // if r0 > 1 goto +1
    "0000000100020515", // if r5 == 1 goto +2
    "00000000000000b7", // r0 = 0
    "0000000000000095", // exit
    "00000001000000b7", // r0 = 1
    "0000000000000095", // exit
  ]);
});

Deno.test("the place of a standard descriptor takes the number of any device", () => {
  const places = [0, 1, 2].map(placeRule);
  const program = new BigUint64Array(compileDeviceFilter([...STANDARD_RULES, ...places]).buffer);
  const at = places.map((rule) => placeOf([...program], rule));
  equal(new Set(at).size, 3);
  program[at[1] ?? 0] = (program[at[1] ?? 0] ?? 0n) & 0xffff_ffffn | BigInt(4 << 20 | 64) << 32n;
  const filled = new Uint8Array(program.buffer);
  equal(isOpened(filled, { kind: "char", major: 4, minor: 64, access: "rw" }), true);
  equal(isOpened(filled, { kind: "char", major: 4, minor: 65, access: "r" }), false);
  equal(isOpened(filled, { kind: "block", major: 4, minor: 64, access: "r" }), false);
});

Deno.test("a rule is read as it is shown, and nothing else is", () => {
  fc.assert(fc.property(rules, (rules) => deepEqual(rules.map(showRule).map(readRule), rules)));
  deepEqual(STANDARD_RULES.map(showRule).slice(-2), ["char 5:2 rw", "char 136-143:* rw"]);
  const wrong = [
    "",
    "char 1:3",
    "char 1:3 none",
    "char *:3 r",
    "fifo 1:3 r",
    "char 1:3 rwm",
    "char 1:3 r\n",
    "char 99999:1 r",
  ];
  for (const text of wrong) throws(() => readRule(text), Error, text);
});
