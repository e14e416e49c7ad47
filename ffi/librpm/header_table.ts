/**
 * Arrays of a header, from the form in which librpm exports it: that of packages on the disk (rpm's documentation, "Package
 * format", without the magic number). One call brings all of them, where reading element by element takes three for each.
 */
export class HeaderTable {
  readonly #view: DataView;
  readonly #entries = new Map<number, { readonly type: number; readonly at: number; readonly count: number }>();

  /** @param bytes that librpm has checked */
  constructor(private readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const entries = this.#view.getUint32(0);
    const data = 8 + entries * ENTRY_SIZE;
    for (let index = 0, at = 8; index < entries; index++, at += ENTRY_SIZE) {
      const [tag, type, offset, count] = [0, 4, 8, 12].map((field) => this.#view.getInt32(at + field)) as Entry;
      this.#entries.set(tag, { type, at: data + offset, count });
    }
  }

  has(tag: number): boolean {
    return this.#entries.has(tag);
  }

  /** Empty where there is no array of texts. */
  texts(tag: number): string[] {
    const entry = this.#entries.get(tag);
    if (entry === undefined || entry.count === 0 || !TEXTS.includes(entry.type)) return [];
    let end = entry.at;
    for (let index = 0; index < entry.count; index++) {
      end = this.bytes.indexOf(0, end) + 1;
      if (end === 0) return [];
    }
    return decoder.decode(this.bytes.subarray(entry.at, end - 1)).split("\0");
  }

  /** Empty where there is no array of numbers; what is beyond 2^53 is not exact. */
  numbers(tag: number): number[] {
    const entry = this.#entries.get(tag);
    if (entry === undefined) return [];
    const { type, at, count } = entry;
    const view = this.#view;
    const element = (index: number): number => {
      switch (type) {
        case TYPE.CHAR:
        case TYPE.INT8:
          return view.getUint8(at + index);
        case TYPE.INT16:
          return view.getUint16(at + index * 2);
        case TYPE.INT32:
          return view.getUint32(at + index * 4);
        default:
          return Number(view.getBigUint64(at + index * 8));
      }
    };
    return NUMBERS.includes(type) ? Array.from({ length: count }, (_, index) => element(index)) : [];
  }
}

type Entry = [tag: number, type: number, offset: number, count: number];

const ENTRY_SIZE = 16;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** `rpm/rpmtag.h`, `rpmTagType`. */
const TYPE = { CHAR: 1, INT8: 2, INT16: 3, INT32: 4, INT64: 5, STRING: 6, STRING_ARRAY: 8, I18NSTRING: 9 } as const;
const TEXTS: readonly number[] = [TYPE.STRING, TYPE.STRING_ARRAY, TYPE.I18NSTRING];
const NUMBERS: readonly number[] = [TYPE.CHAR, TYPE.INT8, TYPE.INT16, TYPE.INT32, TYPE.INT64];
