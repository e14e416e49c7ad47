/** An instruction of a program for 32-bit ARM, whose table of system calls is another one than that of aarch64. */
const CODE = [
  0xe3a07014, // mov r7, #20: getpid
  0xef000000, // svc #0
  0xe3a0002a, // mov r0, #42
  0xe3a07001, // mov r7, #1: exit
  0xef000000, // svc #0
];
const ADDRESS = 0x10000;
const HEADERS = 52 + 32;

/** A whole program, which nothing here could compile: it exits with 42 where its system calls are let through. elf(5) */
export const ARM32: Uint8Array<ArrayBuffer> = makeProgram();

function makeProgram(): Uint8Array<ArrayBuffer> {
  const size = HEADERS + 4 * CODE.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const put32 = (at: number, values: readonly number[]) =>
    values.forEach((value, index) => view.setUint32(at + 4 * index, value, true));
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  // An executable for ARM: entry point, program headers, no sections, version 5 of the ABI.
  put32(16, [40 << 16 | 2, 1, ADDRESS + HEADERS, 52, 0, 0x05000000, 32 << 16 | 52, 1]);
  // One segment that is the whole file, to be read and executed.
  put32(52, [1, 0, ADDRESS, ADDRESS, size, size, 5, 0x1000]);
  put32(HEADERS, CODE);
  return bytes;
}
