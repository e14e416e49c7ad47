import { Pace, type PaceLimit, TooSlow } from "./pace.ts";
import { TransferError } from "./transfer_error.ts";
import type { Transport } from "./transport.ts";

/** What is known of a file before it is asked for. */
export interface Expected {
  /** Bytes; where they are not announced, at most `limit` are taken. */
  readonly size: number | undefined;
  readonly limit: number;
}

/** Where what comes goes. */
export interface Sink {
  /** Bytes that are there already. */
  readonly size: number;
  /** An answer begins: behind what is there, or, after `restart`, at the beginning. */
  beginPiece(): void;
  restart(): void;
  write(chunk: Uint8Array<ArrayBuffer>): void;
}

/** How to ask. */
export interface Asking {
  readonly transport: Transport;
  readonly pace: PaceLimit;
  /** Ends everything. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of every piece that has come. */
  readonly onChunk?: (() => void) | undefined;
}

/**
 * Asks one address for a file, or for what is missing of it, and takes no byte more than was announced, whatever the
 * server says.
 *
 * @throws {TransferError}; the reason of `signal`
 */
export async function transfer(address: string, expected: Expected, sink: Sink, asking: Asking): Promise<void> {
  const { transport, signal } = asking;
  using pace = new Pace(asking.pace, signal);
  try {
    const answer = await transport.open({ address, offset: sink.size, signal: pace.signal });
    try {
      if (answer.start !== sink.size) sink.restart();
      refuseSize(address, answer.size, expected);
      sink.beginPiece();
      for await (const chunk of answer.body) {
        pace.add(chunk.length);
        if (sink.size + chunk.length > (expected.size ?? expected.limit)) throw tooMuch(address, expected);
        sink.write(chunk as Uint8Array<ArrayBuffer>);
        asking.onChunk?.();
      }
    } finally {
      answer.close();
    }
    const size = expected.size ?? answer.size;
    if (size === undefined || sink.size === size) return;
    throw new TransferError(address, `it ends after ${sink.size} of ${size} bytes`, true);
  } catch (error) {
    if (pace.signal.aborted && !signal?.aborted && pace.signal.reason instanceof TooSlow) {
      const { minRate, timeout } = asking.pace;
      const reason = `the server sends less than ${minRate} bytes a second for ${timeout} seconds`;
      throw new TransferError(address, reason, true, { cause: error });
    }
    throw error;
  }
}

function refuseSize(address: string, size: number | undefined, expected: Expected): void {
  if (size === undefined) return;
  if (expected.size !== undefined && size !== expected.size) {
    throw new TransferError(address, `it has ${size} bytes, and ${expected.size} were announced`, false);
  }
  if (size > (expected.size ?? expected.limit)) throw tooMuch(address, expected);
}

function tooMuch(address: string, { size, limit }: Expected): TransferError {
  const reason = size === undefined
    ? `it has more than ${limit} bytes, which is too much`
    : `the server sends more than the ${size} bytes that were announced`;
  return new TransferError(address, reason, false);
}
