/** What an address has sent. */
export interface Answer {
  /** The offset of the first byte of the body in the file: as asked for, or 0. */
  readonly start: number;
  /** Bytes of the whole file, where the server says so. It may lie. */
  readonly size: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives up what has not been read of the body. */
  close(): void;
}

export interface Request {
  readonly address: string;
  /** Where to begin; a server may begin at 0 all the same. */
  readonly offset: number;
  /** Ends everything that has to do with the request. */
  readonly signal: AbortSignal;
}

/** Asks addresses of http, https or file for what they have. */
export interface Transport {
  /** @throws {TransferError} */
  open(request: Request): Promise<Answer>;
}
