import type { Kernel } from "../../ffi/libc/system_calls.ts";

const NEWLINE = 10;

/** Reads lines from a descriptor, one when it is asked for. */
export class LineReader {
  #rest = new Uint8Array(0);

  constructor(private readonly kernel: Kernel, private readonly descriptor: number) {}

  /** Without its end; `undefined` where no whole line comes any more. Throws SystemCallError. */
  next(): string | undefined {
    const decoder = new TextDecoder();
    let line = "";
    for (let bytes = this.#rest;;) {
      const end = bytes.indexOf(NEWLINE);
      if (end >= 0) {
        this.#rest = bytes.slice(end + 1);
        return line + decoder.decode(bytes.subarray(0, end));
      }
      line += decoder.decode(bytes, { stream: true });
      bytes = new Uint8Array(64 * 1024);
      const count = this.kernel.read(this.descriptor, bytes, bytes.length);
      if (count === 0) return undefined;
      bytes = bytes.slice(0, count);
    }
  }
}
