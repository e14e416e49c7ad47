import { cText, NULL, readBytes } from "../libc/memory.ts";
import { lazySymbols } from "../shared_library.ts";
import { LIBRARY, libsolv } from "./libsolv.ts";
import { SolvError } from "./solv_error.ts";

const solv = lazySymbols(LIBRARY, {
  /** `Id solv_chksum_str2type(const char *str)` */
  solv_chksum_str2type: { parameters: ["buffer"], result: "i32" },
  /** `Chksum *solv_chksum_create(Id type)` */
  solv_chksum_create: { parameters: ["i32"], result: "usize" },
  /** `void solv_chksum_add(Chksum *chk, const void *data, int len)` */
  solv_chksum_add: { parameters: ["usize", "buffer", "i32"], result: "void" },
  /** `const unsigned char *solv_chksum_get(Chksum *chk, int *lenp)` */
  solv_chksum_get: { parameters: ["usize", "buffer"], result: "usize" },
  /** `void *solv_chksum_free(Chksum *chk, unsigned char *cp)` */
  solv_chksum_free: { parameters: ["usize", "usize"], result: "usize" },
});

const types = new Map<string, number>();

/** libsolv's number of an algorithm. */
function typeOf(algorithm: string): number {
  let type = types.get(algorithm);
  if (type === undefined) {
    libsolv();
    types.set(algorithm, type = solv.solv_chksum_str2type(cText(algorithm)));
  }
  return type;
}

/** A checksum of content that comes piece by piece, which WebCrypto has not. */
export class Digest implements Disposable {
  readonly #checksum: bigint;

  /** @param algorithm `sha256`, `sha512` */
  constructor(algorithm: string) {
    this.#checksum = solv.solv_chksum_create(typeOf(algorithm));
    if (this.#checksum === NULL) throw new SolvError(`libsolv of this system knows no ${algorithm}`);
  }

  add(bytes: Uint8Array): void {
    // No memory that is shared with other threads, of which there are none.
    solv.solv_chksum_add(this.#checksum, bytes as Uint8Array<ArrayBuffer>, bytes.length);
  }

  /** Of everything that was added, in lower case; nothing can be added afterwards. */
  hex(): string {
    const length = new Int32Array(1);
    const address = solv.solv_chksum_get(this.#checksum, length);
    return readBytes(address, length[0]!).toHex();
  }

  [Symbol.dispose](): void {
    solv.solv_chksum_free(this.#checksum, NULL);
  }
}
