/** How slow a source may be. */
export interface PaceLimit {
  /** Seconds; `Infinity`: any time. */
  readonly timeout: number;
  /** Bytes a second, of each `timeout` seconds. */
  readonly minRate: number;
}

/** A source that sends nothing, or next to nothing, for too long: its request is ended. */
export class TooSlow extends Error {}

/** Watches over one request, from before it is sent. */
export class Pace implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #received = 0;

  /** @param outer ends the request too */
  constructor({ timeout, minRate }: PaceLimit, outer?: AbortSignal) {
    this.signal = outer === undefined ? this.#controller.signal : AbortSignal.any([outer, this.#controller.signal]);
    if (!Number.isFinite(timeout)) return;
    this.#timer = setInterval(() => {
      if (this.#received < Math.max(1, minRate * timeout)) this.#controller.abort(new TooSlow());
      this.#received = 0;
    }, timeout * 1000);
  }

  readonly signal: AbortSignal;

  /** Bytes that have come. */
  add(count: number): void {
    this.#received += count;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
