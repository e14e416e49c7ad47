/**
 * Links a JavaScript program into a copy of the deno executable.
 *
 * The copy gets one more PT_LOAD segment: the entry code of `ffi/entry`, the launch table that tells it what to run, a
 * program header table with room for the new segment, the strings, and the text of the program. The ELF entry point becomes the entry code.
 * Format: System V ABI, "Object files" and "Program loading"; `struct launch_table` in `ffi/entry/entry.c`.
 */

/** What the linked executable does when it is started. */
export interface Launch {
  /** Words that stand before the user's own: `deno run …`, the main module. */
  readonly arguments: readonly string[];
  /** The whole environment of the Deno process, as `NAME=VALUE`. */
  readonly environment: readonly string[];
  /** What the program is made of; the word behind `arguments` is its address, hexadecimal. */
  readonly text: Uint8Array;
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_PHDR = 6;
const PF_R_X = 5;
const ET_DYN = 3;
const HEADER = { type: 16, entry: 24, phoff: 32, phentsize: 54, phnum: 56 } as const;
const SEGMENT = { type: 0, flags: 4, offset: 8, vaddr: 16, paddr: 24, filesz: 32, memsz: 40, align: 48 } as const;
const SEGMENT_SIZE = 56;
const DYNAMIC = { strtab: 5, symtab: 6, rela: 7, relasz: 8 } as const;
const SYMBOL_SIZE = 24;
const RELOCATION_SIZE = 24;
/** R_X86_64_GLOB_DAT, R_AARCH64_GLOB_DAT: the loader stores the address of the symbol. */
const GLOB_DAT = [6, 1025];
/** Words of `struct launch_table` before its strings. */
const TABLE_WORDS = 5;

/**
 * Returns the linked executable. Same inputs, same bytes.
 *
 * @param runtime the deno executable
 * @param entry the flat image of `ffi/entry`, position independent, entry point first
 * @throws {Error} when `runtime` is no 64-bit little-endian position-independent ELF executable, or a string holds a NUL
 */
export function linkBinary(runtime: Uint8Array, entry: Uint8Array, launch: Launch): Uint8Array {
  const elf = new DataView(runtime.buffer, runtime.byteOffset, runtime.byteLength);
  checkHeader(elf);
  const originalEntry = word(elf, HEADER.entry);
  const segmentCount = elf.getUint16(HEADER.phnum, true);
  const segments = runtime.slice(word(elf, HEADER.phoff), word(elf, HEADER.phoff) + segmentCount * SEGMENT_SIZE);

  const loaded = readSegments(elf).filter((segment) => segment.type === PT_LOAD);
  const align = Math.max(...loaded.map((segment) => segment.align));
  // Kernels before 5.18 compute AT_PHDR as load address + e_phoff: the file offset must equal the address.
  const start = roundUp(Math.max(runtime.length, ...loaded.map((segment) => segment.end)), align);

  const strings = encodeStrings([...launch.arguments, ...launch.environment]);
  const table = roundUp(entry.length, 16);
  const headers = table + (TABLE_WORDS + strings.offsets.length) * 8;
  const words = headers + (segmentCount + 1) * SEGMENT_SIZE;
  const text = words + strings.bytes.length;
  const size = text + launch.text.length;

  const linked = new Uint8Array(start + size);
  linked.set(runtime);
  linked.set(entry, start);
  linked.set(segments, start + headers);
  linked.set(strings.bytes, start + words);
  linked.set(launch.text, start + text);

  const out = new DataView(linked.buffer);
  const values = [
    originalEntry - (start + table),
    environSlot(elf) - (start + table),
    text - table,
    launch.arguments.length,
    launch.environment.length,
    ...strings.offsets.map((offset) => words + offset - table),
  ];
  values.forEach((value, index) => setWord(out, start + table + index * 8, value));

  for (let index = 0; index < segmentCount; index++) {
    const at = start + headers + index * SEGMENT_SIZE;
    if (out.getUint32(at + SEGMENT.type, true) === PT_PHDR) {
      writeSegment(out, at, PT_PHDR, 4, start + headers, (segmentCount + 1) * SEGMENT_SIZE, 8);
    }
  }
  // INVARIANT: PT_LOAD entries ascend by address; the new one is the highest, so it stands last.
  writeSegment(out, start + headers + segmentCount * SEGMENT_SIZE, PT_LOAD, PF_R_X, start, size, align);

  setWord(out, HEADER.entry, start);
  setWord(out, HEADER.phoff, start + headers);
  out.setUint16(HEADER.phnum, segmentCount + 1, true);
  return linked;
}

function checkHeader(elf: DataView): void {
  const problem = elf.byteLength < 64 || elf.getUint32(0) !== 0x7f454c46
    ? "it is not an ELF file"
    : elf.getUint8(4) !== 2 || elf.getUint8(5) !== 1
    ? "it is not 64-bit little-endian"
    : elf.getUint16(HEADER.type, true) !== ET_DYN
    ? "it is not position independent"
    : elf.getUint16(HEADER.phentsize, true) !== SEGMENT_SIZE
    ? "its program headers have an unknown size"
    : undefined;
  if (problem !== undefined) throw new Error(`Cannot link the runtime: ${problem}`);
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly vaddr: number;
  /** Address behind its last byte in memory. */
  readonly end: number;
  readonly align: number;
}

function readSegments(elf: DataView): Segment[] {
  const first = word(elf, HEADER.phoff);
  return Array.from({ length: elf.getUint16(HEADER.phnum, true) }, (_, index) => {
    const at = first + index * SEGMENT_SIZE;
    const vaddr = word(elf, at + SEGMENT.vaddr);
    return {
      type: elf.getUint32(at + SEGMENT.type, true),
      offset: word(elf, at + SEGMENT.offset),
      vaddr,
      end: vaddr + word(elf, at + SEGMENT.memsz),
      align: word(elf, at + SEGMENT.align),
    };
  });
}

/**
 * Address of the word where the loader stores the address of libc's `environ`: the place of the relocation that names it.
 */
function environSlot(elf: DataView): number {
  const segments = readSegments(elf);
  const fileOffset = (address: number): number => {
    const holder = segments.find((it) => it.type === PT_LOAD && it.vaddr <= address && address < it.end);
    if (holder === undefined) throw new Error("Cannot link the runtime: its dynamic section points outside of it");
    return address - holder.vaddr + holder.offset;
  };
  const dynamic = new Map<number, number>();
  const section = segments.find((it) => it.type === PT_DYNAMIC);
  for (let at = section?.offset ?? elf.byteLength; at < elf.byteLength; at += 16) {
    const tag = word(elf, at);
    if (tag === 0) break;
    dynamic.set(tag, word(elf, at + 8));
  }
  const part = (tag: number): number => fileOffset(dynamic.get(tag) ?? -1);
  const [strings, symbols, relocations] = [part(DYNAMIC.strtab), part(DYNAMIC.symtab), part(DYNAMIC.rela)];
  const end = relocations + (dynamic.get(DYNAMIC.relasz) ?? 0);
  for (let at = relocations; at < end; at += RELOCATION_SIZE) {
    const symbol = elf.getUint32(at + 12, true); // upper half of r_info
    if (symbol === 0 || !GLOB_DAT.includes(elf.getUint32(at + 8, true))) continue;
    if (isNamed(elf, strings + elf.getUint32(symbols + symbol * SYMBOL_SIZE, true), "environ")) return word(elf, at);
  }
  throw new Error('Cannot link the runtime: it does not use "environ", so its environment cannot be replaced');
}

function isNamed(elf: DataView, at: number, name: string): boolean {
  return [...`${name}\0`].every((character, index) => elf.getUint8(at + index) === character.charCodeAt(0));
}

function encodeStrings(strings: readonly string[]): { bytes: Uint8Array; offsets: number[] } {
  const encoder = new TextEncoder();
  const parts = strings.map((text) => {
    if (text.includes("\0")) throw new Error(`Cannot link the program: "${text.slice(0, 40)}" holds a NUL character`);
    return encoder.encode(`${text}\0`);
  });
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  const offsets: number[] = [];
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    offsets.push(at);
    at += part.length;
  }
  return { bytes, offsets };
}

/** A segment whose address equals its file offset, all of it in the file. */
function writeSegment(
  out: DataView,
  at: number,
  type: number,
  flags: number,
  start: number,
  size: number,
  align: number,
): void {
  out.setUint32(at + SEGMENT.type, type, true);
  out.setUint32(at + SEGMENT.flags, flags, true);
  for (const field of [SEGMENT.offset, SEGMENT.vaddr, SEGMENT.paddr]) setWord(out, at + field, start);
  for (const field of [SEGMENT.filesz, SEGMENT.memsz]) setWord(out, at + field, size);
  setWord(out, at + SEGMENT.align, align);
}

const roundUp = (value: number, align: number): number => Math.ceil(value / align) * align;
const word = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));
const setWord = (view: DataView, at: number, value: number): void => view.setBigInt64(at, BigInt(value), true);
