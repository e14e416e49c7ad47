/** Headers of packages, byte by byte. The format: rpm's documentation, "Package format". */

/** The type of a value in a header, and the value. */
export type Entry = readonly [keyof typeof TYPES, unknown];

const TYPES = { char: 1, int16: 3, int32: 4, int64: 5, string: 6, binary: 7, strings: 8, i18n: 9 } as const;
const SIZES: Readonly<Record<string, number>> = { int16: 2, int32: 4, int64: 8 };

/** `rpm/rpmtag.h`. */
export const TAG = {
  NAME: 1000,
  VERSION: 1001,
  RELEASE: 1002,
  EPOCH: 1003,
  SUMMARY: 1004,
  DESCRIPTION: 1005,
  INSTALLTIME: 1008,
  SIZE: 1009,
  LICENSE: 1014,
  OS: 1021,
  ARCH: 1022,
  FILESIZES: 1028,
  FILESTATES: 1029,
  FILEMODES: 1030,
  FILERDEVS: 1033,
  FILEMTIMES: 1034,
  FILEDIGESTS: 1035,
  FILELINKTOS: 1036,
  FILEFLAGS: 1037,
  FILEUSERNAME: 1039,
  FILEGROUPNAME: 1040,
  FILEVERIFYFLAGS: 1045,
  PROVIDENAME: 1047,
  REQUIREFLAGS: 1048,
  REQUIRENAME: 1049,
  REQUIREVERSION: 1050,
  CONFLICTFLAGS: 1053,
  CONFLICTNAME: 1054,
  CONFLICTVERSION: 1055,
  OBSOLETENAME: 1090,
  PROVIDEFLAGS: 1112,
  PROVIDEVERSION: 1113,
  OBSOLETEFLAGS: 1114,
  OBSOLETEVERSION: 1115,
  FILEDEVICES: 1095,
  FILEINODES: 1096,
  FILELANGS: 1097,
  DIRINDEXES: 1116,
  BASENAMES: 1117,
  DIRNAMES: 1118,
  PAYLOADFORMAT: 1124,
  PAYLOADCOMPRESSOR: 1125,
  PAYLOADFLAGS: 1126,
  LONGFILESIZES: 5008,
  FILECAPS: 5010,
  FILEDIGESTALGO: 5011,
  PAYLOADDIGEST: 5092,
  PAYLOADDIGESTALGO: 5093,
} as const;

export const REGION = { signatures: 62, immutable: 63 } as const;
const encoder = new TextEncoder();

/** The bytes of a header, with the region that rpm has in each. */
export function encodeHeader(
  tags: Readonly<Record<number, Entry | undefined>>,
  region: number,
): Uint8Array<ArrayBuffer> {
  const entries: number[][] = [];
  const data: number[] = [];
  for (const [tag, entry] of Object.entries(tags).sort(([a], [b]) => Number(a) - Number(b))) {
    if (entry === undefined) continue;
    const [type, value] = entry;
    const size = SIZES[type];
    while (size !== undefined && data.length % size !== 0) data.push(0);
    const offset = data.length;
    let count = 1;
    if (size !== undefined) {
      const numbers = value as readonly number[];
      count = numbers.length;
      for (const number of numbers) {
        for (let byte = size - 1; byte >= 0; byte--) data.push(Math.floor(number / 2 ** (8 * byte)) % 256);
      }
    } else if (type === "binary" || type === "char") {
      const bytes = value as Uint8Array;
      count = bytes.length;
      data.push(...bytes);
    } else {
      const texts = typeof value === "string" ? [value] : value as readonly string[];
      count = texts.length;
      for (const text of texts) data.push(...encoder.encode(text), 0);
    }
    entries.push([Number(tag), TYPES[type], offset, count]);
  }
  const all = [[region, TYPES.binary, data.length, 16], ...entries];
  const trailer = [region, TYPES.binary, -all.length * 16, 16];
  const bytes = new Uint8Array(16 + all.length * 16 + data.length + 16);
  const view = new DataView(bytes.buffer);
  bytes.set([0x8e, 0xad, 0xe8, 1]);
  view.setUint32(8, all.length);
  view.setUint32(12, data.length + 16);
  all.flat().forEach((number, index) => view.setUint32(16 + index * 4, number));
  bytes.set(data, 16 + all.length * 16);
  trailer.forEach((number, index) => view.setInt32(bytes.length - 16 + index * 4, number));
  return bytes;
}
