import { type Address, NULL, readText } from "../libc/memory.ts";
import { HEADERGET, RPMTAG } from "./constants.ts";
import { librpm } from "./librpm.ts";

/** What is known of a package: a view of memory that librpm owns. */
export class Header {
  constructor(readonly address: Address) {}

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
    const data = rpm.rpmtdNew();
    const texts: string[] = [];
    if (rpm.headerGet(this.address, RPMTAG[tag], data, HEADERGET.EXT | HEADERGET.MINMEM) === 1) {
      for (let text = rpm.rpmtdNextString(data); text !== NULL; text = rpm.rpmtdNextString(data)) {
        texts.push(readText(text));
      }
      rpm.rpmtdFreeData(data);
    }
    rpm.rpmtdFree(data);
    return texts;
  }
}
