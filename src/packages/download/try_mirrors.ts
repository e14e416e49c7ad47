import { RedpakError } from "../../core/error.ts";
import type { MirrorOrder } from "./mirror_order.ts";
import { TransferError } from "./transfer_error.ts";

export interface TrialOptions {
  /** How many more times something is asked for, of all mirrors together, where it may be there in a moment. */
  readonly retries: number;
  readonly signal: AbortSignal;
  /** Hears of every failure. */
  readonly onFailure?: (error: TransferError) => void;
  /** Whether another mirror may do better, for errors that are not of the transfer. */
  readonly elsewhere?: (error: RedpakError) => boolean;
  /** Milliseconds before a mirror that has just failed is asked again; twice as many before each further time. */
  readonly pause?: number | undefined;
}

const PAUSE = 500;
const LONGEST_PAUSE = 8000;

/**
 * Asks one mirror after the other, until one has what is wanted.
 *
 * @param what people call it
 * @throws {RedpakError} the only error that there is, or all of them: of each mirror the last one
 */
export async function tryMirrors<T>(
  what: string,
  mirrors: MirrorOrder,
  options: TrialOptions,
  ask: (base: string) => Promise<T>,
): Promise<T> {
  const queue = [...mirrors.bases];
  const errors = new Map<string, RedpakError>();
  let { retries, pause = PAUSE } = options;
  for (let base = queue.shift(); base !== undefined; base = queue.shift()) {
    try {
      return await ask(base);
    } catch (error) {
      const isTransfer = error instanceof TransferError;
      if (!isTransfer && !(error instanceof RedpakError && options.elsewhere?.(error))) throw error;
      errors.set(base, error);
      mirrors.fail(base);
      if (!isTransfer) continue;
      options.onFailure?.(error);
      if (!error.passing || retries-- <= 0) continue;
      if (queue.length === 0) {
        await delay(pause, options.signal);
        pause = Math.min(2 * pause, LONGEST_PAUSE);
      }
      queue.push(base);
    }
  }
  throw failed(what, [...errors.values()]);
}

function failed(what: string, problems: readonly RedpakError[]): RedpakError {
  const [first, second] = problems;
  if (first !== undefined && second === undefined) return first;
  return new RedpakError({
    code: first?.code ?? "E_MIRRORS",
    message: `Cannot download ${what}: ${first === undefined ? "there is no mirror" : "no mirror has it"}`,
    hints: first?.hints ?? [],
    problems,
  });
}

function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const end = () => reject(signal.reason);
  signal.addEventListener("abort", end, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  });
}
