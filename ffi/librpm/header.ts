import { type Address, type ByteStore, cText, NULL, readText, takeBytes, takeText } from "../libc/memory.ts";
import { HEADERGET, NEWER_RPMTAG, RPMTAG } from "./constants.ts";
import { HeaderTable } from "./header_table.ts";
import { librpm } from "./librpm.ts";

const TAGS = { ...RPMTAG, ...NEWER_RPMTAG } as const;
export type TagName = keyof typeof TAGS;

/** What nearly everybody asks about a package. Texts are empty and numbers 0 where it has none. */
export interface Basics {
  readonly name: string;
  readonly epoch: number;
  readonly version: string;
  readonly release: string;
  readonly arch: string;
  readonly summary: string;
  /** Bytes of its files. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly installedAt: number;
}

const BASICS = ["NAME", "EPOCH", "VERSION", "RELEASE", "ARCH", "SUMMARY", "LONGSIZE", "INSTALLTIME"] as const;
/** Between the texts of one call. */
const SEPARATOR = "\x1f";
const BASICS_FORMAT = cText(BASICS.map((tag) => `%{${tag}}`).join(SEPARATOR));
/** What librpm writes for a tag that the package lacks, unless that is its text. */
const NONE = "(none)";

/** What can be asked about a package, wherever the answers come from. */
export interface PackageTags extends Pick<Header, "has" | "text" | "number" | "texts" | "numbers"> {
  readonly basics: Pick<Basics, "name" | "epoch" | "version" | "release" | "arch">;
}

/** A header as `Header.export` gave it: for other threads, and for longer than librpm has it. What librpm computes is not in it. */
export class ExportedHeader implements PackageTags {
  readonly #table: HeaderTable;

  constructor(bytes: Uint8Array) {
    this.#table = new HeaderTable(bytes);
  }

  get basics(): PackageTags["basics"] {
    return {
      name: this.text("NAME"),
      epoch: this.number("EPOCH"),
      version: this.text("VERSION"),
      release: this.text("RELEASE"),
      arch: this.text("ARCH"),
    };
  }

  has(tag: TagName): boolean {
    return this.#table.has(TAGS[tag]);
  }

  text(tag: TagName): string {
    return this.#table.text(TAGS[tag]) ?? "";
  }

  number(tag: TagName): number {
    return this.#table.numbers(TAGS[tag])[0] ?? 0;
  }

  texts(tag: TagName): string[] {
    return this.#table.texts(TAGS[tag]);
  }

  numbers(tag: TagName): number[] {
    return this.#table.numbers(TAGS[tag]);
  }
}

/** What is known of a package: a view of memory that librpm owns. */
export class Header {
  #exported: HeaderTable | undefined;
  #basics: Basics | undefined;

  constructor(readonly address: Address) {}

  /** One call for all of them. */
  get basics(): Basics {
    return this.#basics ??= this.#readBasics();
  }

  #readBasics(): Basics {
    const texts = takeText(librpm().headerFormat(this.address, BASICS_FORMAT, null)).split(SEPARATOR);
    // A package can have the separator in its texts.
    const isWhole = texts.length === BASICS.length;
    const [name, epoch, version, release, arch, summary, size, time] = isWhole ? texts : [];
    const text = (tag: TagName, found = NONE) => found === NONE ? this.text(tag) : found;
    const number = (tag: TagName, found = NONE) => found === NONE ? this.number(tag) : Number(found);
    return {
      name: text("NAME", name),
      epoch: isWhole && epoch === NONE ? 0 : number("EPOCH", epoch),
      version: text("VERSION", version),
      release: text("RELEASE", release),
      arch: text("ARCH", arch),
      summary: text("SUMMARY", summary),
      size: number("LONGSIZE", size),
      installedAt: number("INSTALLTIME", time),
    };
  }

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
    return this.#exported ??= new HeaderTable(this.export());
  }

  /** All that is in it, in the form of packages on the disk. */
  export(): Uint8Array<ArrayBuffer> {
    const address = librpm().headerExport(this.address, exportedSize);
    return takeBytes(address, exportedSize[0]!);
  }

  /** As `export`, behind what is in `store`. */
  exportTo(store: ByteStore): void {
    const address = librpm().headerExport(this.address, exportedSize);
    store.take(address, exportedSize[0]!);
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

const exportedSize = new Uint32Array(1);
