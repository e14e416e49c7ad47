import { ioError } from "../../store/io_error.ts";
import { TransferError } from "./transfer_error.ts";
import type { Answer, Request, Transport } from "./transport.ts";

const CHUNK = 128 * 1024;

/** Files of this machine, by URL. */
export class FileTransport implements Transport {
  // deno-lint-ignore require-await -- as the others
  async open({ address, offset }: Request): Promise<Answer> {
    const path = pathOf(address);
    try {
      // Opening a FIFO would wait for its writer: look before. The handle's own type is what counts.
      if (!Deno.statSync(path).isFile) throw notRegular(address);
      const file = Deno.openSync(path, { read: true });
      const info = file.statSync();
      if (!info.isFile) {
        file.close();
        throw notRegular(address);
      }
      const start = Math.min(offset, info.size);
      file.seekSync(start, Deno.SeekMode.Start);
      return { start, size: info.size, body: chunks(file), close: () => file.close() };
    } catch (error) {
      if (error instanceof TransferError) throw error;
      const { message } = ioError("read", "", error);
      throw new TransferError(address, message.replace('Cannot read "": ', ""), false, { cause: error });
    }
  }
}

/** The path that a file URL names. @throws {TransferError} where it is none, such as one that is not UTF-8 */
export function pathOf(address: string): string {
  try {
    const path = decodeURIComponent(new URL(address).pathname);
    if (!path.includes("\0")) return path;
  } catch {
    // Falls through: it names no file that could be there.
  }
  throw new TransferError(address, "it is no path", false);
}

function notRegular(address: string): TransferError {
  return new TransferError(address, "it is not a regular file", false);
}

async function* chunks(file: Deno.FsFile): AsyncGenerator<Uint8Array> {
  while (true) {
    const chunk = new Uint8Array(CHUNK);
    const count = file.readSync(chunk);
    if (count === null) return;
    yield chunk.subarray(0, count);
  }
}
