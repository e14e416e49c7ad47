/** What the dynamic linker asks an ELF file for (elf(5), System V ABI chapter 5, Linux Standard Base on symbol versions). */
export interface ElfFile {
  /** What has to be equal for two files to run in one process: class, byte order, machine. */
  readonly abi: string;
  /** The machine alone, `EM_…`. */
  readonly machine: number;
  /** It is a program that is linked to fixed addresses, which no library is. */
  readonly isFixed: boolean;
  /** Path of the program interpreter, of executables that are linked dynamically. */
  readonly interpreter: string | undefined;
  /** Names of the libraries that it needs, or paths where there is a slash in them. */
  readonly needed: readonly string[];
  /** What it calls itself, for others that need it. */
  readonly soname: string | undefined;
  /** Directories of DT_RPATH, which count only where there is no DT_RUNPATH. */
  readonly rpath: readonly string[];
  readonly runpath: readonly string[];
  /** Versions that it wants of the libraries it names. */
  readonly wants: readonly VersionNeed[];
  /** Versions that it has. */
  readonly versions: ReadonlySet<string>;
}

export interface VersionNeed {
  readonly library: string;
  readonly version: string;
  /** It starts without it as well. */
  readonly weak: boolean;
}

/** Bytes of a file from `offset` on; fewer where it ends before. */
export type ReadBytes = (offset: number, length: number) => Uint8Array;

/**
 * Reads what an ELF file says to the dynamic linker, for any class, byte order and machine. Nothing in it is believed:
 * every place is checked against what is there.
 *
 * @returns `undefined` for what is no ELF file of a program or a library
 * @throws {RangeError} for one that is damaged
 */
export function parseElf(read: ReadBytes): ElfFile | undefined {
  const identification = read(0, 16);
  if (identification.length < 16 || MAGIC.some((byte, index) => identification[index] !== byte)) return undefined;
  const [is64, isLittle] = [identification[4] === 2, identification[5] === 1];
  const header = new Words(read(0, 64), is64, isLittle);
  const type = header.half(16);
  if (type !== ET.EXEC && type !== ET.DYN) return undefined;
  const machine = header.half(18);
  const isFixed = type === ET.EXEC;
  const abi = `${is64 ? 64 : 32}-bit ${isLittle ? "little" : "big"}-endian machine ${machine}`;
  const segments = readSegments(read, header, is64, isLittle);
  const interp = segments.find((segment) => segment.type === PT.INTERP);
  const dynamic = segments.find((segment) => segment.type === PT.DYNAMIC);
  if (dynamic !== undefined && isDebugFile(read, header, is64, isLittle)) return undefined;
  const interpreter = interp && textOf(bounded(read, interp.offset, interp.size, TEXT_LIMIT), 0);
  if (dynamic === undefined) return { ...NOTHING, abi, machine, isFixed, interpreter };
  return { abi, machine, isFixed, interpreter, ...readDynamic(read, segments, dynamic, is64, isLittle) };
}

const MAGIC = [0x7f, 0x45, 0x4c, 0x46];
const ET = { EXEC: 2, DYN: 3 } as const;
const PT = { LOAD: 1, DYNAMIC: 2, INTERP: 3 } as const;
/** `<elf.h>`: entries of the dynamic section. */
const DT = {
  NEEDED: 1,
  STRTAB: 5,
  STRSZ: 10,
  SONAME: 14,
  RPATH: 15,
  RUNPATH: 29,
  VERDEF: 0x6ffffffc,
  VERDEFNUM: 0x6ffffffd,
  VERNEED: 0x6ffffffe,
  VERNEEDNUM: 0x6fffffff,
} as const;

/** More than any real file has; what claims more is damaged. */
const [SEGMENTS_LIMIT, DYNAMIC_LIMIT, STRINGS_LIMIT, VERSIONS_LIMIT, TEXT_LIMIT] = [
  512,
  2 ** 20,
  2 ** 26,
  65_536,
  4096,
];
const VER_FLG_WEAK = 2;

const NOTHING = { needed: [], soname: undefined, rpath: [], runpath: [], wants: [], versions: new Set<string>() };

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

function readSegments(read: ReadBytes, header: Words, is64: boolean, isLittle: boolean): Segment[] {
  const offset = header.word(is64 ? 32 : 28);
  const [size, count] = is64 ? [header.half(54), header.half(56)] : [header.half(42), header.half(44)];
  if (count > SEGMENTS_LIMIT || count > 0 && size < (is64 ? 56 : 32)) {
    throw new RangeError("its program headers are none");
  }
  const table = new Words(bounded(read, offset, size * count), is64, isLittle);
  const width = is64 ? 8 : 4;
  const segments: Segment[] = [];
  for (let at = 0; at < size * count; at += size) {
    const [type, offset] = [table.int(at), table.word(at + width)];
    segments.push({ type, offset, address: table.word(at + 2 * width), size: table.word(at + 4 * width) });
  }
  return segments;
}

/**
 * What strip(1) has put aside for debuggers has the headers of its program, but not what they are about: no section is
 * the dynamic one. Files without any sections are programs as well.
 */
function isDebugFile(read: ReadBytes, header: Words, is64: boolean, isLittle: boolean): boolean {
  const [offset, size, count] = is64
    ? [header.word(40), header.half(58), header.half(60)]
    : [header.word(32), header.half(46), header.half(48)];
  if (offset === 0 || count === 0) return false;
  if (size < 8) throw new RangeError("its section headers are none");
  const table = new Words(bounded(read, offset, size * count), is64, isLittle);
  for (let at = 4; at < size * count; at += size) if (table.int(at) === SHT_DYNAMIC) return false;
  return true;
}

const SHT_DYNAMIC = 6;

function readDynamic(
  read: ReadBytes,
  segments: readonly Segment[],
  { offset, size }: Segment,
  is64: boolean,
  isLittle: boolean,
): Omit<ElfFile, "abi" | "machine" | "isFixed" | "interpreter"> {
  const table = new Words(bounded(read, offset, size, DYNAMIC_LIMIT), is64, isLittle);
  const width = is64 ? 16 : 8;
  /** The first value of each tag, and those of the one that may be there several times. */
  const first = new Map<number, number>();
  const needed: number[] = [];
  for (let at = 0; at + width <= size; at += width) {
    const tag = table.word(at);
    if (tag === 0) break;
    const value = table.word(at + width / 2);
    if (tag === DT.NEEDED) needed.push(value);
    else if (!first.has(tag)) first.set(tag, value);
  }
  const strings = readStrings(read, segments, first.get(DT.STRTAB), first.get(DT.STRSZ));
  const text = (at: number) => textOf(strings, at);
  const paths = (tag: number) => (textAt(first.get(tag)) ?? "").split(":").filter((path) => path !== "");
  const textAt = (at: number | undefined) => at === undefined ? undefined : text(at);
  /** A list of records, each of which says where the next one is. */
  const records = function* (tag: number, numberTag: number, link: number) {
    let at = first.get(tag);
    const count = first.get(numberTag) ?? 0;
    if (at === undefined) return;
    if (count > VERSIONS_LIMIT) throw new RangeError("it has more versions than any file");
    for (let index = 0; index < count; index++) {
      const record: Words = new Words(bounded(read, fileOffset(segments, at), 20), is64, isLittle);
      yield { at, record };
      const next = record.int(link);
      if (next === 0) return;
      at += next;
    }
  };
  const part = (at: number) => new Words(bounded(read, fileOffset(segments, at), 16), is64, isLittle);
  const wants: VersionNeed[] = [];
  for (const { at, record } of records(DT.VERNEED, DT.VERNEEDNUM, 12)) {
    const library = text(record.int(4));
    let place = at + record.int(8);
    for (let index = record.half(2); index > 0; index--) {
      const need = part(place);
      wants.push({ library, version: text(need.int(8)), weak: (need.half(4) & VER_FLG_WEAK) !== 0 });
      if (need.int(12) === 0) break;
      place += need.int(12);
    }
  }
  const versions = new Set<string>();
  for (const { at, record } of records(DT.VERDEF, DT.VERDEFNUM, 16)) {
    versions.add(text(part(at + record.int(12)).int(0)));
  }
  return {
    needed: needed.map(text),
    soname: textAt(first.get(DT.SONAME)),
    rpath: paths(DT.RPATH),
    runpath: paths(DT.RUNPATH),
    wants,
    versions,
  };
}

function readStrings(
  read: ReadBytes,
  segments: readonly Segment[],
  address: number | undefined,
  size: number | undefined,
): Uint8Array {
  if (address === undefined || size === undefined) return new Uint8Array();
  return bounded(read, fileOffset(segments, address), size, STRINGS_LIMIT);
}

/** The dynamic section has addresses: where they are in the file, the segments to be loaded say. */
function fileOffset(segments: readonly Segment[], address: number): number {
  const segment = segments.find(({ type, address: start, size }) =>
    type === PT.LOAD && address >= start && address < start + size
  );
  if (segment === undefined) throw new RangeError("it has an address outside of its segments");
  return address - segment.address + segment.offset;
}

function bounded(read: ReadBytes, offset: number, length: number, limit = Infinity): Uint8Array {
  if (length > limit) throw new RangeError("it has a part that is larger than in any file");
  const bytes = length === 0 ? new Uint8Array() : read(offset, length);
  if (bytes.length < length) throw new RangeError("it ends before its parts do");
  return bytes;
}

function textOf(bytes: Uint8Array, at: number): string {
  const end = bytes.indexOf(0, at);
  if (at >= bytes.length || end < 0) throw new RangeError("it has a text without an end");
  if (end - at > TEXT_LIMIT) throw new RangeError("it has a text that is longer than a path");
  return decoder.decode(bytes.subarray(at, end));
}

const decoder = new TextDecoder();

/** Numbers of a file by its class and byte order. */
class Words {
  readonly #view: DataView;

  constructor(bytes: Uint8Array, private readonly is64: boolean, private readonly isLittle: boolean) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  half(at: number): number {
    return this.#view.getUint16(at, this.isLittle);
  }

  int(at: number): number {
    return this.#view.getUint32(at, this.isLittle);
  }

  /** An address, an offset or a size: of 4 or 8 bytes. */
  word(at: number): number {
    if (!this.is64) return this.int(at);
    const value = this.int(this.isLittle ? at : at + 4) + this.int(this.isLittle ? at + 4 : at) * 2 ** 32;
    if (value > Number.MAX_SAFE_INTEGER) throw new RangeError("it has a number that is larger than any file");
    return value;
  }
}
