import { type Address, NULL, readText } from "../libc/memory.ts";
import { HEADERGET, RPMTAG } from "./constants.ts";
import { librpm } from "./librpm.ts";

/** What is known of a package: a view of memory that librpm owns. */
export class Header {
  constructor(readonly address: Address) {}

  /** Whether the package has it, be it empty. */
  has(tag: keyof typeof RPMTAG): boolean {
    return this.#read(tag, () => {});
  }

  /** Empty where the package has none. */
  text(tag: keyof typeof RPMTAG): string {
    return readText(librpm().headerGetString(this.address, RPMTAG[tag]));
  }

  /** 0 where the package has none. */
  number(tag: keyof typeof RPMTAG): number {
    return Number(librpm().headerGetNumber(this.address, RPMTAG[tag]));
  }

  /** The texts of an array. */
  texts(tag: keyof typeof RPMTAG): string[] {
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
  numbers(tag: keyof typeof RPMTAG): number[] {
    const rpm = librpm();
    const numbers: number[] = [];
    this.#read(tag, (data) => {
      while (rpm.rpmtdNext(data) >= 0) numbers.push(Number(rpm.rpmtdGetNumber(data)));
    });
    return numbers;
  }

  #read(tag: keyof typeof RPMTAG, read: (data: Address) => void): boolean {
    const rpm = librpm();
    const data = rpm.rpmtdNew();
    try {
      if (rpm.headerGet(this.address, RPMTAG[tag], data, HEADERGET.EXT | HEADERGET.MINMEM) !== 1) return false;
      read(data);
      rpm.rpmtdFreeData(data);
      return true;
    } finally {
      rpm.rpmtdFree(data);
    }
  }
}
