import type { Kernel } from "../libc/system_calls.ts";
import { CFile, cText, NULL } from "../libc/memory.ts";
import { lazySymbols } from "../shared_library.ts";
import { libsolv } from "./libsolv.ts";
import { SolvError } from "./solv_error.ts";

const libc = lazySymbols("libc.so.6", {
  /** `size_t fread(void *ptr, size_t size, size_t n, FILE *stream)` */
  fread: { parameters: ["buffer", "usize", "usize", "usize"], result: "usize" },
  /** `int ferror(FILE *stream)` */
  ferror: { parameters: ["usize"], result: "i32" },
});

const CHUNK = 64 * 1024;

/**
 * What a file unpacks to, piece by piece, with the very code that will read it again later. Each piece is valid until the
 * next one.
 *
 * @param name whose ending says how it is packed
 * @param descriptor of the file, at its beginning; it stays open
 * @throws {SolvError} where it is not packed so, or is damaged
 */
export function* unpackedFile(kernel: Kernel, name: string, descriptor: number): Generator<Uint8Array<ArrayBuffer>> {
  const own = kernel.fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  const stream = libsolv().solv_xfopen_fd(cText(name), own, cText("r"));
  if (stream === NULL) {
    kernel.close(own);
    throw new SolvError("it is packed in a way that libsolv of this system does not know");
  }
  using file = new CFile(stream);
  const chunk = new Uint8Array(CHUNK);
  for (let count = CHUNK; count > 0;) {
    count = Number(libc.fread(chunk, 1n, BigInt(chunk.length), file.file));
    if (libc.ferror(file.file) !== 0) throw new SolvError("it is damaged, or packed in another way than its name says");
    if (count > 0) yield chunk.subarray(0, count);
  }
}

/** `linux/fcntl.h` */
const F_DUPFD_CLOEXEC = 1030;
