import { LibraryUnfit } from "../library_error.ts";
import { readAddress } from "../libc/memory.ts";
import { SOLVER_TRANSACTION } from "./constants.ts";
import { LAYOUT } from "./layout.ts";
import { libsolv } from "./libsolv.ts";
import type { Pool, Solvable } from "./pool.ts";
import { Queue, readQueue } from "./queue.ts";

export interface Step {
  readonly solvable: Solvable;
  /** One of SOLVER_TRANSACTION. */
  readonly type: number;
}

/** What is to be done, in an order that keeps requirements met wherever that is possible. */
export class Transaction implements Disposable {
  readonly #solv = libsolv();

  constructor(pool: Pool, private readonly address: bigint) {
    if (readAddress(address) !== pool.address) {
      throw new LibraryUnfit(
        "libsolv",
        "of this system keeps Transaction.pool in another place than any known version",
      );
    }
    this.#solv.transaction_order(address, 0);
  }

  /** Packages to be installed, and those to be erased that none of these replaces. */
  get steps(): Step[] {
    const mode = SOLVER_TRANSACTION.SHOW_ACTIVE | SOLVER_TRANSACTION.SHOW_OBSOLETES;
    return readQueue(this.address + BigInt(LAYOUT.Transaction.steps))
      .map((solvable) => ({ solvable, type: this.#solv.transaction_type(this.address, solvable, mode) }))
      .filter(({ type }) => type !== SOLVER_TRANSACTION.IGNORE);
  }

  /** The installed packages that a package to be installed replaces. */
  replaced(solvable: Solvable): Solvable[] {
    using queue = new Queue();
    this.#solv.transaction_all_obs_pkgs(this.address, solvable, queue.address);
    return queue.ids;
  }

  /** Everything that is installed afterwards. */
  get result(): Solvable[] {
    using queue = new Queue();
    this.#solv.transaction_installedresult(this.address, queue.address);
    return queue.ids;
  }

  [Symbol.dispose](): void {
    this.#solv.transaction_free(this.address);
  }
}
