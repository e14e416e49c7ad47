import { NULL, takeText } from "../libc/memory.ts";
import { lazySymbols } from "../shared_library.ts";
import { findLibrpm } from "./librpm.ts";
import { RpmError } from "./rpm_error.ts";
import { SYMBOLS } from "./symbols.ts";

/** `rpm/rpmcrypto.h`: algorithms by their numbers in OpenPGP. */
const ALGORITHMS: ReadonlyMap<string, number> = new Map([
  ["md5", 1],
  ["sha1", 2],
  ["sha256", 8],
  ["sha384", 9],
  ["sha512", 10],
  ["sha224", 11],
]);

type Symbols = ReturnType<typeof lazySymbols<typeof SYMBOLS>>;
let symbols: Symbols | undefined;

/** Without librpm's configuration, which no digest depends on. */
function crypto(): Symbols {
  if (symbols === undefined) {
    symbols = lazySymbols(findLibrpm(), SYMBOLS);
    symbols.rpmInitCrypto();
  }
  return symbols;
}

/**
 * A checksum of content that comes piece by piece, which WebCrypto has not. librpm's libraries use what the processor has
 * for it, and take a tenth of libsolv's time.
 */
export class Digest implements Disposable {
  #context: bigint;

  /** @param algorithm `sha256`, `sha512` */
  constructor(algorithm: string) {
    this.#context = crypto().rpmDigestInit(ALGORITHMS.get(algorithm) ?? 0, 0);
    if (this.#context === NULL) throw new RpmError(`librpm of this system knows no ${algorithm}`);
  }

  add(bytes: Uint8Array): void {
    // No memory that is shared with other threads.
    crypto().rpmDigestUpdate(this.#context, bytes as Uint8Array<ArrayBuffer>, BigInt(bytes.length));
  }

  /** Of everything that was added, in lower case; nothing can be added afterwards. */
  hex(): string {
    crypto().rpmDigestFinal(this.#context, result, null, 1);
    this.#context = NULL;
    return takeText(resultAddress[0]!);
  }

  [Symbol.dispose](): void {
    if (this.#context !== NULL) crypto().rpmDigestFinal(this.#context, null, null, 0);
    this.#context = NULL;
  }
}

const result = new Uint8Array(8);
const resultAddress = new BigUint64Array(result.buffer);
