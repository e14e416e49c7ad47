import { STATE_DIRECTORY, TEMPORARY_PREFIX } from "../../store/node_files.ts";
import { attempt, attemptAsync } from "../attempt.ts";
import type { Kept } from "./apply_operation.ts";
import { carryOut } from "./carry_out.ts";
import { REMOVED_PREFIX, STAGING_PREFIX, USR } from "./layout.ts";
import { lockSwitch } from "./lock_switch.ts";
import { type LockedContent, readIntent, type TransactionContent, withState } from "./node_content.ts";
import { readRecord } from "./read_record.ts";
import type { Intent, TransactionRecord } from "./record.ts";
import { removeFormer, removeTree } from "./remove_tree.ts";

/** What an interrupted transaction has come to. */
export interface Recovery {
  /** It was decided, and has been finished: its id, and whether it was done or undone. */
  readonly finished?: { readonly id: string; readonly to: Intent["to"] };
  /** It was not decided: the node is as if it had never been. */
  readonly discarded: number;
  /** What was left as others have made it. */
  readonly kept: readonly Kept[];
}

/**
 * Finishes what something has stopped: a transaction that was decided is carried out, whatever was only prepared or about
 * to be removed is removed.
 *
 * @throws {RedpakError} `E_TRANSACTION_RECORD` where what it is about cannot be understood
 */
export async function recover(content: LockedContent): Promise<Recovery> {
  if (content.state === undefined) return { discarded: 0, kept: [] };
  return await attemptAsync("recover", content.path, async () => {
    using ready = withState(content);
    const intent = readIntent(ready);
    if (intent === undefined) return { discarded: removeLeftovers(ready), kept: [] };
    using _switch = await lockSwitch(ready);
    const record = readRecord(ready, intent.directory, intent.id) ?? { ...NOTHING, id: intent.id };
    const kept = carryOut(ready, intent, record);
    const { id, to } = intent;
    return { finished: { id, to }, discarded: removeLeftovers(ready), kept };
  });
}

/** Of a transaction whose directory has got its place already: nothing is left to be done. */
const NOTHING: Omit<TransactionRecord, "id"> = {
  sequence: 0,
  time: "",
  command: [],
  packages: [],
  hadUsr: false,
  operations: [],
};

/** @returns how many transactions had been prepared */
function removeLeftovers({ state, path }: TransactionContent): number {
  return attempt("remove what is left in", `${path}/${STATE_DIRECTORY}`, () => {
    const left = state.list().filter((name) =>
      [STAGING_PREFIX, REMOVED_PREFIX, TEMPORARY_PREFIX].some((prefix) => name.startsWith(prefix))
    );
    for (const name of left) {
      const isUsr = name.startsWith(REMOVED_PREFIX) && name.endsWith(`-${USR}`);
      (isUsr ? removeFormer : removeTree)(state, name);
    }
    return left.filter((name) => name.startsWith(STAGING_PREFIX)).length;
  });
}
