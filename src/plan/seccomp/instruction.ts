/**
 * Classic BPF, as seccomp(2) takes it: each instruction is the number that a `struct sock_filter` of `linux/filter.h`
 * (u16 code, u8 jt, u8 jf, u32 k) is in little endian.
 */
export type Instruction = bigint;

/** Instructions in one filter, BPF_MAXINSNS of `linux/bpf_common.h`. */
export const MAX_INSTRUCTIONS = 4096;

/** `code` of the instructions in use, `linux/bpf_common.h`. */
export const CODE = { load: 0x20, and: 0x54, jump: 0x05, jumpEqual: 0x15, jumpAtLeast: 0x35, return: 0x06 } as const;

/** The word at `offset` of `struct seccomp_data` into the accumulator. */
export const load = (offset: number): Instruction => instruction(CODE.load, 0, 0, offset);
export const and = (mask: number): Instruction => instruction(CODE.and, 0, 0, mask);
/** Ends the filter. */
export const give = (action: number): Instruction => instruction(CODE.return, 0, 0, action);
/** Skips that many instructions. */
export const skip = (count: number): Instruction => instruction(CODE.jump, 0, 0, count);
/** Skips `yes` instructions when the accumulator is the value, `no` when it is not. */
export const ifEqual = (value: number, yes: number, no: number) => instruction(CODE.jumpEqual, yes, no, value);
/** Skips `yes` instructions when the accumulator is at least the value, unsigned, `no` when it is not. */
export const ifAtLeast = (value: number, yes: number, no: number) => instruction(CODE.jumpAtLeast, yes, no, value);

/** How far a conditional jump goes. */
export const FAR = 0xff;

function instruction(code: number, yes: number, no: number, operand: number): Instruction {
  if (yes > FAR || no > FAR) throw new Error(`a conditional jump of ${Math.max(yes, no)} instructions is too far`);
  return BigInt(code) | BigInt(yes) << 16n | BigInt(no) << 24n | BigInt(operand) << 32n;
}

/** Offsets in `struct seccomp_data`, `linux/seccomp.h`; of an argument that of its low half. */
export const OFFSET = { number: 0, architecture: 4, argument: (index: number) => 16 + 8 * index } as const;

/** What a filter gives, `linux/seccomp.h`. */
export const ACTION = {
  /** Linux 4.14. */
  killProcess: 0x8000_0000,
  allow: 0x7fff_0000,
  errno: (number: number) => 0x0005_0000 | number,
} as const;

/** `AUDIT_ARCH_…` of `linux/audit.h`: what the kernel says that the call was made by. */
export const AUDIT_ARCHITECTURE = { x86_64: 0xc000_003e, aarch64: 0xc000_00b7 } as const;

/** Calls of x86_64's x32 ABI have this bit in their number. */
export const X32_BIT = 0x4000_0000;
