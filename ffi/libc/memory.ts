import { lazySymbols } from "../shared_library.ts";

/** An address in this process's memory; `NULL` where there is none. */
export type Address = bigint;
export const NULL: Address = 0n;
const POINTER_SIZE = 8;

const libc = lazySymbols("libc.so.6", {
  /** `void *calloc(size_t n, size_t size)` */
  calloc: { parameters: ["usize", "usize"], result: "usize" },
  /** `void free(void *p)` */
  free: { parameters: ["usize"], result: "void" },
  /** `void *memcpy(void *destination, const void *source, size_t size)`, out of JavaScript's memory and into it */
  memcpy: { parameters: ["buffer", "usize", "usize"], result: "usize" },
  /** `void *memmove(void *destination, const void *source, size_t size)`: the same function, for the other direction */
  memmove: { parameters: ["usize", "buffer", "usize"], result: "usize" },
  /** `void *memccpy(void *destination, const void *source, int c, size_t size)`, into JavaScript's memory */
  memccpy: { parameters: ["buffer", "usize", "i32", "usize"], result: "usize" },
  /** `size_t strlen(const char *s)` */
  strlen: { parameters: ["usize"], result: "usize" },
  /** `FILE *open_memstream(char **ptr, size_t *sizeloc)` */
  open_memstream: { parameters: ["usize", "usize"], result: "usize" },
  /** `int fflush(FILE *stream)` */
  fflush: { parameters: ["usize"], result: "i32" },
  /** `int fclose(FILE *stream)` */
  fclose: { parameters: ["usize"], result: "i32" },
});

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** A text as C functions take it. */
export function cText(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) throw new TypeError(`a text for C has a NUL: ${JSON.stringify(text)}`);
  return encoder.encode(`${text}\0`);
}

/** A copy of `size` bytes. */
export function readBytes(address: Address, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  if (size > 0) libc.memcpy(bytes, address, BigInt(size));
  return bytes;
}

/** Most texts are short; one piece of memory for all of them is twice as fast as one for each. */
const short = new Uint8Array(4096);
const SHORT = BigInt(short.length);
const shortInts = new Int32Array(short.buffer);

/** The text of a `const char *`; what is not UTF-8 in it becomes U+FFFD. Empty for NULL. */
export function readText(address: Address): string {
  if (address === NULL) return "";
  // It stops behind the NUL, or says that there was none.
  if (libc.memccpy(short, address, 0, SHORT) !== NULL) return decoder.decode(short.subarray(0, short.indexOf(0)));
  return decoder.decode(readBytes(address, Number(libc.strlen(address))));
}

/** As `readText`, of a text that was made for the caller: its memory is given back. */
export function takeText(address: Address): string {
  const text = readText(address);
  libc.free(address);
  return text;
}

/** As `readBytes`, of memory that was made for the caller: it is given back. */
export function takeBytes(address: Address, size: number): Uint8Array<ArrayBuffer> {
  const bytes = readBytes(address, size);
  libc.free(address);
  return bytes;
}

/** Pieces of memory one after the other, in one that grows. */
export class ByteStore {
  #bytes = new Uint8Array(2 ** 16);
  #ends: number[] = [];

  get #size(): number {
    return this.#ends.at(-1) ?? 0;
  }

  /** Copies memory that was made for the caller: it is given back. */
  take(address: Address, size: number): void {
    const end = this.#size + size;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    if (size > 0) libc.memcpy(this.#bytes.subarray(this.#size), address, BigInt(size));
    libc.free(address);
    this.#ends.push(end);
  }

  /** Takes all of them out of it, for the next ones: a copy, and where each piece ends. */
  takeAll(): { readonly bytes: Uint8Array<ArrayBuffer>; readonly ends: readonly number[] } {
    const all = { bytes: this.#bytes.slice(0, this.#size), ends: this.#ends };
    this.#ends = [];
    return all;
  }
}

/** Words are read by the hundred thousand: one piece of memory for all of them. */
const words = new Uint8Array(32);
const view = new DataView(words.buffer);

/** An `int`. */
export function readInt(address: Address): number {
  libc.memcpy(words, address, 4n);
  return view.getInt32(0, true);
}

/** A pointer. */
export function readAddress(address: Address): Address {
  libc.memcpy(words, address, 8n);
  return view.getBigUint64(0, true);
}

/** Several members of a struct at once. @param size up to 32 bytes; what `read` is given is valid during the call */
export function readStruct<T>(address: Address, size: number, read: (view: DataView) => T): T {
  libc.memcpy(words, address, BigInt(size));
  return read(view);
}

/** A copy of an array of `int`. */
export function readInts(address: Address, count: number): number[] {
  if (count === 0) return [];
  if (count * 4 > short.length) return [...new Int32Array(readBytes(address, count * 4).buffer)];
  libc.memcpy(short, address, BigInt(count * 4));
  const ints: number[] = [];
  for (let index = 0; index < count; index++) ints.push(shortInts[index]!);
  return ints;
}

/** Overwrites memory that C code owns. */
export function writeBytes(address: Address, bytes: Uint8Array<ArrayBuffer>): void {
  libc.memmove(address, bytes, BigInt(bytes.length));
}

/** Zeroed memory with a fixed address, which JavaScript's own has not. */
export class Allocation implements Disposable {
  readonly address: Address;

  constructor(size: number) {
    this.address = libc.calloc(1n, BigInt(size));
    if (this.address === NULL) throw new RangeError(`out of memory: ${size} bytes`);
  }

  [Symbol.dispose](): void {
    libc.free(this.address);
  }
}

/** A `FILE *` whose output stays in memory. */
export class MemoryStream implements Disposable {
  /** Where the stream keeps the address and the size of what was written. */
  readonly #result = new Allocation(2 * POINTER_SIZE);
  readonly file: Address;

  constructor() {
    this.file = libc.open_memstream(this.#result.address, this.#result.address + BigInt(POINTER_SIZE));
    if (this.file === NULL) throw new RangeError("out of memory: a stream");
  }

  /** A copy of everything that was written so far. */
  bytes(): Uint8Array<ArrayBuffer> {
    libc.fflush(this.file);
    const { address } = this.#result;
    return readBytes(readAddress(address), Number(readAddress(address + BigInt(POINTER_SIZE))));
  }

  text(): string {
    return decoder.decode(this.bytes());
  }

  [Symbol.dispose](): void {
    libc.fclose(this.file);
    libc.free(readAddress(this.#result.address));
    this.#result[Symbol.dispose]();
  }
}

/** A `FILE *` that something else has opened; closed at the end of the `using` block. */
export class CFile implements Disposable {
  constructor(readonly file: Address) {}

  [Symbol.dispose](): void {
    libc.fclose(this.file);
  }
}
