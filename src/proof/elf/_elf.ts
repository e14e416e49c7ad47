import type { ElfFile } from "./elf_file.ts";

/** What a made-up ELF file is to be. */
export interface ElfWish extends Partial<Omit<ElfFile, "abi" | "versions">> {
  readonly is64?: boolean;
  readonly isLittle?: boolean;
  readonly versions?: Iterable<string>;
  /** Put aside for a debugger: no section is the dynamic one. */
  readonly debug?: boolean;
}

/** Where the file is loaded: an address is not an offset. */
const BASE = 0x40_0000;
const SIZE = 0x1000;

/** An ELF file with nothing in it but what the dynamic linker reads. */
export function elfBytes(wish: ElfWish): Uint8Array<ArrayBuffer> {
  const { is64 = true, isLittle = true, machine = 62 } = wish;
  const bytes = new Uint8Array(SIZE);
  const view = new DataView(bytes.buffer);
  const half = (at: number, value: number) => view.setUint16(at, value, isLittle);
  const int = (at: number, value: number) => view.setUint32(at, value, isLittle);
  const word = (at: number, value: number) => is64 ? view.setBigUint64(at, BigInt(value), isLittle) : int(at, value);
  const width = is64 ? 8 : 4;

  const strings: number[] = [0];
  const text = (value: string): number => {
    const at = strings.length;
    strings.push(...new TextEncoder().encode(value), 0);
    return at;
  };
  const dynamic: [tag: number, value: number][] = [];
  for (const name of wish.needed ?? []) dynamic.push([1, text(name)]);
  if (wish.soname !== undefined) dynamic.push([14, text(wish.soname)]);
  if (wish.rpath?.length) dynamic.push([15, text(wish.rpath.join(":"))]);
  if (wish.runpath?.length) dynamic.push([29, text(wish.runpath.join(":"))]);

  const [NEEDS, DEFINITIONS, DYNAMIC, INTERPRETER, SECTIONS, STRINGS] = [
    0x200,
    0x400,
    0x600,
    0x800,
    0x900,
    0xa00,
  ];
  const wants = wish.wants ?? [];
  wants.forEach(({ library, version, weak }, index) => {
    const at = NEEDS + index * 32;
    half(at, 1), half(at + 2, 1), int(at + 4, text(library)), int(at + 8, 16);
    int(at + 12, index === wants.length - 1 ? 0 : 32);
    half(at + 20, weak ? 2 : 0), int(at + 24, text(version));
  });
  if (wants.length > 0) dynamic.push([0x6ffffffe, BASE + NEEDS], [0x6fffffff, wants.length]);
  const versions = [...wish.versions ?? []];
  versions.forEach((version, index) => {
    const at = DEFINITIONS + index * 28;
    half(at + 6, 1),
      int(at + 12, 20),
      int(at + 16, index === versions.length - 1 ? 0 : 28),
      int(at + 20, text(version));
  });
  if (versions.length > 0) dynamic.push([0x6ffffffc, BASE + DEFINITIONS], [0x6ffffffd, versions.length]);
  dynamic.push([5, BASE + STRINGS], [10, strings.length], [0, 0]);
  dynamic.forEach(([tag, value], index) => {
    word(DYNAMIC + index * 2 * width, tag), word(DYNAMIC + index * 2 * width + width, value);
  });
  bytes.set(strings, STRINGS);

  bytes.set([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, isLittle ? 1 : 2, 1]);
  half(16, wish.isFixed ? 2 : 3), half(18, machine);
  const [headerSize, segmentSize] = is64 ? [64, 56] : [52, 32];
  const segments = [[1, 0, BASE, SIZE], [2, DYNAMIC, BASE + DYNAMIC, dynamic.length * 2 * width]];
  if (wish.interpreter !== undefined) {
    const path = new TextEncoder().encode(`${wish.interpreter}\0`);
    bytes.set(path, INTERPRETER);
    segments.push([3, INTERPRETER, BASE + INTERPRETER, path.length]);
  }
  word(is64 ? 32 : 28, headerSize);
  half(is64 ? 54 : 42, segmentSize), half(is64 ? 56 : 44, segments.length);
  segments.forEach(([type, offset, address, size], index) => {
    const at = headerSize + index * segmentSize;
    int(at, type!), word(at + (is64 ? 8 : 4), offset!), word(at + (is64 ? 16 : 8), address!);
    word(at + (is64 ? 32 : 16), size!);
  });
  const sectionSize = is64 ? 64 : 40;
  word(is64 ? 40 : 32, SECTIONS);
  half(is64 ? 58 : 46, sectionSize), half(is64 ? 60 : 48, 2);
  int(SECTIONS + sectionSize + 4, wish.debug ? 8 : 6);
  return bytes;
}
