import { type Address, NULL, readText, takeBytes } from "../libc/memory.ts";
import { HEADERGET, NEWER_RPMTAG, RPMTAG } from "./constants.ts";
import { HeaderTable } from "./header_table.ts";
import { librpm } from "./librpm.ts";

const TAGS = { ...RPMTAG, ...NEWER_RPMTAG } as const;
export type TagName = keyof typeof TAGS;

/** What is known of a package: a view of memory that librpm owns. */
export class Header {
  #exported: HeaderTable | undefined;

  constructor(readonly address: Address) {}

  /** Whether the package has it, be it empty. */
  has(tag: TagName): boolean {
    return this.#exported?.has(TAGS[tag]) === true || this.#read(tag, () => {});
  }

  /** Empty where the package has none. */
  text(tag: TagName): string {
    return this.#exported?.text(TAGS[tag]) ?? readText(librpm().headerGetString(this.address, TAGS[tag]));
  }

  /** 0 where the package has none. */
  number(tag: TagName): number {
    return Number(librpm().headerGetNumber(this.address, TAGS[tag]));
  }

  /** The texts of an array. */
  texts(tag: TagName): string[] {
    if (this.#table().has(TAGS[tag])) return this.#table().texts(TAGS[tag]);
    const rpm = librpm();
    const texts: string[] = [];
    this.#read(tag, (data) => {
      for (let text = rpm.rpmtdNextString(data); text !== NULL; text = rpm.rpmtdNextString(data)) {
        texts.push(readText(text));
      }
    });
    return texts;
  }

  /** The numbers of an array; what is beyond 2^53 is not exact, and nothing that is counted gets there. */
  numbers(tag: TagName): number[] {
    if (this.#table().has(TAGS[tag])) return this.#table().numbers(TAGS[tag]);
    const rpm = librpm();
    const numbers: number[] = [];
    this.#read(tag, (data) => {
      while (rpm.rpmtdNext(data) >= 0) numbers.push(Number(rpm.rpmtdGetNumber(data)));
    });
    return numbers;
  }

  #table(): HeaderTable {
    if (this.#exported === undefined) {
      const size = new Uint32Array(1);
      const address = librpm().headerExport(this.address, size);
      this.#exported = new HeaderTable(takeBytes(address, size[0]!));
    }
    return this.#exported;
  }

  #read(tag: TagName, read: (data: Address) => void): boolean {
    const rpm = librpm();
    const data = rpm.rpmtdNew();
    try {
      if (rpm.headerGet(this.address, TAGS[tag], data, HEADERGET.EXT | HEADERGET.MINMEM) !== 1) return false;
      read(data);
      rpm.rpmtdFreeData(data);
      return true;
    } finally {
      rpm.rpmtdFree(data);
    }
  }
}
