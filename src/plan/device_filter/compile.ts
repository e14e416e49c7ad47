import type { DeviceRule, placeRule } from "./rule.ts";

/**
 * Extended BPF, as the kernel takes it: `struct bpf_insn` of `linux/bpf.h` is u8 code, u8 of two registers (the first in the low
 * half), s16 offset, s32 immediate.
 */

/** Bits of the access that the kernel asks about, `linux/bpf.h`; mknod is 1. */
export const ACCESS = { r: 2, w: 4 } as const;
export const KIND = { block: 1, char: 2 } as const;

/** Offsets in `struct bpf_cgroup_dev_ctx`: the access in the high half of the first word, the kind in its low half. */
export const CONTEXT = { access: 0, major: 4, minor: 8 } as const;

/** `code` of the instructions in use, `linux/bpf_common.h` and `linux/bpf.h`: all on 64 bits. */
export const CODE = {
  /** A word of the context. */
  load: 0x61,
  /** With an immediate number. */
  set: 0xb7,
  copy: 0xbf,
  or: 0x4f,
  and: 0x57,
  subtract: 0x17,
  shiftLeft: 0x67,
  shiftRight: 0x77,
  shiftRightSigned: 0xc7,
  /** Compared is with an immediate number of 32 bits and a sign. */
  jumpEqual: 0x15,
  jumpNotEqual: 0x55,
  jumpAbove: 0x25,
  jumpNotAbove: 0xb5,
  exit: 0x95,
} as const;

/** Registers: the result, the context and, when all is loaded from it, the device as one number, and what it is made of. */
const R = { result: 0, context: 1, device: 1, access: 2, kind: 3, major: 4, minor: 5 } as const;

interface Instruction {
  readonly code: number;
  readonly to?: number;
  readonly from?: number;
  /** Of a jump: how many instructions it leaves out, or PERMIT. */
  readonly offset?: number;
  readonly number?: number;
}

/** The offset of a jump to the end that permits. */
const PERMIT = -1;

/**
 * A program of type BPF_PROG_TYPE_CGROUP_DEVICE that lets a device be opened if one of the rules does. To make a device node is
 * not its concern: that takes CAP_MKNOD, and what is made cannot be opened.
 *
 * The kernel verifies it at each launch, way by way: so a rule is one comparison, where that can be, and permits or goes on.
 */
export function compileDeviceFilter(rules: readonly DeviceRule[]): Uint8Array<ArrayBuffer> {
  const [characters, blocks] = (["char", "block"] as const)
    .map((kind) => rules.filter((rule) => rule.kind === kind).flatMap(compileRule));
  const program: readonly Instruction[] = [
    { code: CODE.load, to: R.access, from: R.context, offset: CONTEXT.access },
    { code: CODE.copy, to: R.kind, from: R.access },
    { code: CODE.and, to: R.kind, number: 0xffff },
    { code: CODE.shiftRight, to: R.access, number: 16 },
    { code: CODE.and, to: R.access, number: ACCESS.r | ACCESS.w },
    { code: CODE.jumpEqual, to: R.access, number: 0, offset: PERMIT },
    { code: CODE.load, to: R.major, from: R.context, offset: CONTEXT.major },
    { code: CODE.load, to: R.minor, from: R.context, offset: CONTEXT.minor },
    { code: CODE.copy, to: R.device, from: R.major },
    { code: CODE.shiftLeft, to: R.device, number: 32 + MINOR_BITS },
    { code: CODE.shiftRightSigned, to: R.device, number: 32 },
    { code: CODE.or, to: R.device, from: R.minor },
    ...section("char", characters ?? []),
    ...section("block", blocks ?? []),
    { code: CODE.set, to: R.result, number: 0 },
    { code: CODE.exit },
    { code: CODE.set, to: R.result, number: 1 },
    { code: CODE.exit },
  ];
  const permit = program.length - 2;
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  program.forEach(({ code, to = 0, from = 0, offset = 0, number = 0 }, index) => {
    view.setUint8(index * 8, code);
    view.setUint8(index * 8 + 1, to | from << 4);
    view.setInt16(index * 8 + 2, offset === PERMIT ? permit - index - 1 : offset, true);
    view.setInt32(index * 8 + 4, number, true);
  });
  return bytes;
}

/** The index of the rule for one device: the number of another can be written into it. */
export function placeOf(program: readonly bigint[], { major: [major], minor }: ReturnType<typeof placeRule>): number {
  const number = BigInt.asUintN(32, BigInt(deviceNumber(major, minor)));
  return program.findIndex((test) => (test & 0xffn) === BigInt(CODE.jumpEqual) && test >> 32n === number);
}

/** As the kernel has both in one, `linux/kdev_t.h`, with a sign. */
const MINOR_BITS = 20;
const deviceNumber = (major: number, minor: number) => major << MINOR_BITS | minor;

function section(kind: keyof typeof KIND, rules: readonly Instruction[]): Instruction[] {
  if (rules.length === 0) return [];
  return [{ code: CODE.jumpNotEqual, to: R.kind, number: KIND[kind], offset: rules.length }, ...rules];
}

/** The first test that fails goes on behind the rule; the last one, if it does not fail, permits. */
function compileRule({ major: [first, last], minor, access }: DeviceRule): Instruction[] {
  // No device has such numbers, but in one they would be those of another.
  if (first >= 1 << 32 - MINOR_BITS || (minor ?? 0) >= 1 << MINOR_BITS) return [];
  const refused = (access.includes("r") ? 0 : ACCESS.r) | (access.includes("w") ? 0 : ACCESS.w);
  const tests: Test[] = first === last && minor !== undefined ? [is(R.device, deviceNumber(first, minor))] : [
    first === last ? is(R.major, first) : isBetween(R.major, first, last),
    ...minor === undefined ? [] : [is(R.minor, minor)],
  ];
  if (refused !== 0) tests.push(hasNone(R.access, refused));
  const length = tests.reduce((sum, { before }) => sum + before.length + 1, 0);
  let at = 0;
  return tests.flatMap(({ before, holds, fails }, index) => {
    at += before.length + 1;
    return [...before, index === tests.length - 1 ? { ...holds, offset: PERMIT } : { ...fails, offset: length - at }];
  });
}

/** A jump if it holds, and one if it does not, behind what they need. */
interface Test {
  readonly before: readonly Instruction[];
  readonly holds: Instruction;
  readonly fails: Instruction;
}

function is(register: number, number: number): Test {
  const operands = { to: register, number };
  return {
    before: [],
    holds: { code: CODE.jumpEqual, ...operands },
    fails: { code: CODE.jumpNotEqual, ...operands },
  };
}

function isBetween(register: number, first: number, last: number): Test {
  const operands = { to: R.result, number: last - first };
  return {
    before: [
      { code: CODE.copy, to: R.result, from: register },
      { code: CODE.subtract, to: R.result, number: first }, // without a sign: what is below becomes very large
    ],
    holds: { code: CODE.jumpNotAbove, ...operands },
    fails: { code: CODE.jumpAbove, ...operands },
  };
}

function hasNone(register: number, bits: number): Test {
  const { holds, fails } = is(R.result, 0);
  return {
    before: [
      { code: CODE.copy, to: R.result, from: register },
      { code: CODE.and, to: R.result, number: bits },
    ],
    holds,
    fails,
  };
}
