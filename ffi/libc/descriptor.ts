import type { Kernel } from "./system_calls.ts";

/** Owns an open descriptor; closed at the end of the `using` block unless released. */
export class Descriptor implements Disposable {
  #open = true;

  constructor(private readonly kernel: Kernel, readonly number: number) {}

  /** Gives up ownership: the descriptor stays open. */
  release(): number {
    this.#open = false;
    return this.number;
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.kernel.close(this.number);
  }
}
