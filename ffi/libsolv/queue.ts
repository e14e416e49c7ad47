import { Allocation, readAddress, readBytes, readInt } from "../libc/memory.ts";
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

  [Symbol.dispose](): void {
    this.#solv.queue_free(this.address);
    this.#memory[Symbol.dispose]();
  }
}

/** The ids of a queue that belongs to something else. */
export function readQueue(address: bigint): number[] {
  const { elements, count } = LAYOUT.Queue;
  const size = readInt(address + BigInt(count));
  return [...new Int32Array(readBytes(readAddress(address + BigInt(elements)), size * 4).buffer)];
}
