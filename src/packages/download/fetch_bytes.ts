import { type Asking, type Sink, transfer } from "./transfer.ts";

/**
 * Asks one address for a small file.
 *
 * @param limit bytes that are taken at most
 * @throws {TransferError}
 */
export async function fetchBytes(address: string, limit: number, asking: Asking): Promise<Uint8Array<ArrayBuffer>> {
  const sink = new MemorySink();
  await transfer(address, { size: undefined, limit }, sink, asking);
  return sink.bytes();
}

class MemorySink implements Sink {
  readonly #chunks: Uint8Array[] = [];
  size = 0;

  beginPiece(): void {}

  restart(): void {
    this.#chunks.length = 0;
    this.size = 0;
  }

  write(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.size += chunk.length;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.size);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }
}
