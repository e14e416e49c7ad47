import type { DeviceRule } from "./rule.ts";

/**
 * Extended BPF, as the kernel takes it: `struct bpf_insn` of `linux/bpf.h` is u8 code, u8 of two registers (the first in the low
 * half), s16 offset, s32 immediate.
 */

/** Bits of the access that the kernel asks about, `linux/bpf.h`; mknod is 1. */
export const ACCESS = { r: 2, w: 4 } as const;
export const KIND = { block: 1, char: 2 } as const;

/** Offsets in `struct bpf_cgroup_dev_ctx`: the access in the high half of the first word, the kind in its low half. */
export const CONTEXT = { access: 0, major: 4, minor: 8 } as const;

/** `code` of the instructions in use, `linux/bpf_common.h` and `linux/bpf.h`. */
export const CODE = {
  /** A word of the context. */
  load: 0x61,
  /** With an immediate number, of 64 bits. */
  set: 0xb7,
  copy: 0xbf,
  and: 0x57,
  shiftRight: 0x77,
  jumpNotEqual: 0x55,
  jumpAbove: 0x25,
  jumpBelow: 0xa5,
  exit: 0x95,
} as const;

/** Registers: the result, the context, and what is loaded from it. */
const R = { result: 0, context: 1, access: 2, kind: 3, major: 4, minor: 5 } as const;

interface Instruction {
  readonly code: number;
  readonly to?: number;
  readonly from?: number;
  readonly offset?: number;
  readonly number?: number;
}

/**
 * A program of type BPF_PROG_TYPE_CGROUP_DEVICE that lets a device be opened if one of the rules does. To make a device node is
 * not its concern: that takes CAP_MKNOD, and what is made cannot be opened.
 */
export function compileDeviceFilter(rules: readonly DeviceRule[]): Uint8Array<ArrayBuffer> {
  const program: readonly Instruction[] = [
    { code: CODE.load, to: R.access, from: R.context, offset: CONTEXT.access },
    { code: CODE.copy, to: R.kind, from: R.access },
    { code: CODE.and, to: R.kind, number: 0xffff },
    { code: CODE.shiftRight, to: R.access, number: 16 },
    { code: CODE.and, to: R.access, number: ACCESS.r | ACCESS.w },
    { code: CODE.load, to: R.major, from: R.context, offset: CONTEXT.major },
    { code: CODE.load, to: R.minor, from: R.context, offset: CONTEXT.minor },
    { code: CODE.jumpNotEqual, to: R.access, number: 0, offset: ALLOW.length },
    ...ALLOW,
    ...rules.flatMap(compileRule),
    { code: CODE.set, to: R.result, number: 0 },
    { code: CODE.exit },
  ];
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  program.forEach(({ code, to = 0, from = 0, offset = 0, number = 0 }, index) => {
    view.setUint8(index * 8, code);
    view.setUint8(index * 8 + 1, to | from << 4);
    view.setInt16(index * 8 + 2, offset, true);
    view.setInt32(index * 8 + 4, number, true);
  });
  return bytes;
}

const ALLOW: readonly Instruction[] = [{ code: CODE.set, to: R.result, number: 1 }, { code: CODE.exit }];

/** Each test that fails goes on behind the rule. */
function compileRule({ kind, major: [first, last], minor, access }: DeviceRule): Instruction[] {
  const refused = (access.includes("r") ? 0 : ACCESS.r) | (access.includes("w") ? 0 : ACCESS.w);
  const tests: Instruction[] = [
    { code: CODE.jumpNotEqual, to: R.kind, number: KIND[kind] },
    ...first === last ? [{ code: CODE.jumpNotEqual, to: R.major, number: first }] : [
      { code: CODE.jumpBelow, to: R.major, number: first },
      { code: CODE.jumpAbove, to: R.major, number: last },
    ],
    ...minor === undefined ? [] : [{ code: CODE.jumpNotEqual, to: R.minor, number: minor }],
    ...refused === 0 ? [] : [
      { code: CODE.copy, to: R.result, from: R.access },
      { code: CODE.and, to: R.result, number: refused },
      { code: CODE.jumpNotEqual, to: R.result, number: 0 },
    ],
  ];
  const length = tests.length + ALLOW.length;
  const isJump = ({ code }: Instruction) => code !== CODE.copy && code !== CODE.and;
  return [
    ...tests.map((test, index) => isJump(test) ? { ...test, offset: length - index - 1 } : test),
    ...ALLOW,
  ];
}
