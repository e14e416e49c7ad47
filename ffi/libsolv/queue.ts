import { Allocation, readInts, readStruct } from "../libc/memory.ts";
import { LAYOUT } from "./layout.ts";
import { libsolv } from "./libsolv.ts";

/** A list of ids that libsolv reads or fills. */
export class Queue implements Disposable {
  readonly #solv = libsolv();
  readonly #memory = new Allocation(LAYOUT.Queue.size);

  constructor(ids: readonly number[] = []) {
    this.#solv.queue_init(this.address);
    if (ids.length > 0) {
      this.#solv.queue_insertn(this.address, 0, ids.length, new Uint8Array(new Int32Array(ids).buffer));
    }
  }

  get address(): bigint {
    return this.#memory.address;
  }

  /** A copy of what is in it. */
  get ids(): number[] {
    return readQueue(this.address);
  }

  /** Takes everything out of it: for the next use. */
  take(): number[] {
    const ids = this.ids;
    if (ids.length > 0) this.#solv.queue_deleten(this.address, 0, ids.length);
    return ids;
  }

  [Symbol.dispose](): void {
    this.#solv.queue_free(this.address);
    this.#memory[Symbol.dispose]();
  }
}

/** The ids of a queue that belongs to something else. */
export function readQueue(address: bigint): number[] {
  const { elements, count, size } = LAYOUT.Queue;
  const [first, length] = readStruct(
    address,
    size,
    (queue) => [queue.getBigUint64(elements, true), queue.getInt32(count, true)] as const,
  );
  return readInts(first, length);
}
