import type { Checksum } from "../repository/checksum.ts";
import { addressOf } from "../repository/location.ts";
import type { FileCache, PartialFile } from "./file_cache.ts";
import type { MirrorOrder } from "./mirror_order.ts";
import { type Asking, transfer } from "./transfer.ts";
import { TransferError } from "./transfer_error.ts";
import { type TrialOptions, tryMirrors } from "./try_mirrors.ts";

/** A file of a repository that is wanted. */
export interface WantedFile {
  /** What people call it. */
  readonly label: string;
  readonly mirrors: MirrorOrder;
  readonly location: string;
  readonly checksum: Checksum;
  readonly size: number | undefined;
  /** Bytes that are taken at most where no size is announced. */
  readonly limit: number;
  /** What its name in the cache ends with. */
  readonly ending: string;
  /** Whether it has to be there after a power cut. What is looked at whenever it is used is downloaded again where it is not. */
  readonly isDurable: boolean;
  /** Looks into it, before it gets its name; throws what is wrong with it. */
  readonly check?: (file: number) => void;
}

export interface FetchOptions extends Asking, Pick<TrialOptions, "retries" | "pause"> {
  readonly cache: FileCache;
  readonly signal: AbortSignal;
  readonly report?: ((progress: Progress) => void) | undefined;
}

/** What happens to a file; `received` counts what was there before, too. */
export type Progress =
  & { readonly label: string; readonly received: number; readonly size: number | undefined }
  & ({ readonly state: "begun" | "going" | "done" } | { readonly state: "failed"; readonly error: TransferError });

/**
 * Brings a file into the cache, from whichever mirror has it. It is there only if it is what was announced, to the byte;
 * what has come of it so far is not asked for again.
 *
 * @returns whether anything was downloaded
 * @throws {RedpakError} `E_DOWNLOAD` with what was wrong at each address; what `check` throws
 */
export async function fetchFile(wanted: WantedFile, options: FetchOptions): Promise<boolean> {
  const { cache, signal, retries, pause, report } = options;
  const { label, size, mirrors } = wanted;
  using partial = await cache.begin(wanted.checksum, wanted.ending, signal);
  if (partial === undefined) return false;
  const progress = () => ({ label, size, received: partial.size });
  const say = (state: "begun" | "going" | "done") => report?.({ ...progress(), state });
  const onFailure = (error: TransferError) => report?.({ ...progress(), state: "failed", error });
  say("begun");
  if (partial.size > (size ?? wanted.limit)) partial.restart();
  await tryMirrors(label, mirrors, { retries, pause, signal, onFailure }, async (base) => {
    await fill(partial, addressOf(base, wanted.location), wanted, { ...options, onChunk: () => say("going") });
  });
  try {
    wanted.check?.(partial.number);
  } catch (error) {
    partial.discard();
    throw error;
  }
  partial.keep(wanted.isDurable);
  say("done");
  return true;
}

/** @throws {TransferError} where the address does not have all of what is missing, or something else */
async function fill(
  partial: PartialFile,
  address: string,
  wanted: WantedFile,
  asking: Asking & { readonly onChunk: () => void },
): Promise<void> {
  while (true) {
    if (partial.size === 0 || partial.size !== wanted.size) await transfer(address, wanted, partial, asking);
    if (partial.isComplete()) return;
    const mixed = partial.isMixed;
    partial.restart();
    // Where others have sent parts of it, nobody knows whose was wrong: this one gets the chance to send all of it.
    if (mixed) continue;
    throw new TransferError(address, `it is not what was announced (its ${wanted.checksum.algorithm} differs)`, false);
  }
}
