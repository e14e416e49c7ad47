/**
 * Arrays of a header, from the form in which librpm exports it: that of packages on the disk (rpm's documentation, "Package
 * format", without the magic number). One call brings all of them, where reading element by element takes three for each.
 */
export class HeaderTable {
  readonly #view: DataView;
  /** Where the data of the entries begins. */
  readonly #data: number;

  /** @param bytes that librpm has checked */
  constructor(private readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#data = 8 + this.#view.getUint32(0) * ENTRY_SIZE;
  }

  #entry(tag: number): Entry | undefined {
    const [view, data] = [this.#view, this.#data];
    // What librpm has added or changed since comes last.
    for (let at = data - ENTRY_SIZE; at >= 8; at -= ENTRY_SIZE) {
      if (view.getInt32(at) !== tag) continue;
      return { type: view.getInt32(at + 4), at: data + view.getInt32(at + 8), count: view.getInt32(at + 12) };
    }
    return undefined;
  }

  has(tag: number): boolean {
    return this.#entry(tag) !== undefined;
  }

  /** Empty where there is no array of texts. */
  texts(tag: number): string[] {
    const entry = this.#entry(tag);
    if (entry === undefined || entry.count === 0 || !TEXTS.includes(entry.type)) return [];
    let end = entry.at;
    for (let index = 0; index < entry.count; index++) {
      end = this.bytes.indexOf(0, end) + 1;
      if (end === 0) return [];
    }
    return decoder.decode(this.bytes.subarray(entry.at, end - 1)).split("\0");
  }

  /** Of one text; `undefined` where there is none. */
  text(tag: number): string | undefined {
    const entry = this.#entry(tag);
    if (entry?.type !== TYPE.STRING) return undefined;
    const end = this.bytes.indexOf(0, entry.at);
    return end < 0 ? undefined : decoder.decode(this.bytes.subarray(entry.at, end));
  }

  /** Empty where there is no array of numbers; what is beyond 2^53 is not exact. */
  numbers(tag: number): number[] {
    const entry = this.#entry(tag);
    if (entry === undefined) return [];
    const { type, at, count } = entry;
    const size = NUMBERS.get(type);
    const numbers: number[] = [];
    if (size !== undefined) {
      for (let index = 0; index < count; index++) numbers.push(this.#number(at + index * size, size));
    }
    return numbers;
  }

  #number(at: number, size: number): number {
    switch (size) {
      case 1:
        return this.#view.getUint8(at);
      case 2:
        return this.#view.getUint16(at);
      case 4:
        return this.#view.getUint32(at);
      default:
        return Number(this.#view.getBigUint64(at));
    }
  }
}

interface Entry {
  readonly type: number;
  readonly at: number;
  readonly count: number;
}

const ENTRY_SIZE = 16;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** `rpm/rpmtag.h`, `rpmTagType`. */
const TYPE = { CHAR: 1, INT8: 2, INT16: 3, INT32: 4, INT64: 5, STRING: 6, STRING_ARRAY: 8, I18NSTRING: 9 } as const;
const TEXTS: readonly number[] = [TYPE.STRING, TYPE.STRING_ARRAY, TYPE.I18NSTRING];
/** Bytes of a number, by its type. */
const NUMBERS: ReadonlyMap<number, number> = new Map([
  [TYPE.CHAR, 1],
  [TYPE.INT8, 1],
  [TYPE.INT16, 2],
  [TYPE.INT32, 4],
  [TYPE.INT64, 8],
]);
