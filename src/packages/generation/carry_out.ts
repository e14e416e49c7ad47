import { SystemCallError } from "../../../ffi/libc/system_call_error.ts";
import { RedpakError } from "../../core/error.ts";
import { COMMIT_FILE } from "../../store/node_files.ts";
import { attempt } from "../attempt.ts";
import { applyOperation, type Kept } from "./apply_operation.ts";
import { absent, type Directory, openBelow } from "./directory.ts";
import { replaceFile } from "./durable_file.ts";
import { exchange, finishExchange, moveToFree } from "./exchange.ts";
import { FILES, GENERATIONS, STAGING_PREFIX, USR } from "./layout.ts";
import { generationIn, type TransactionContent } from "./node_content.ts";
import { encodeIntent, type Intent, type TransactionRecord } from "./record.ts";
import { removeQuietly } from "./remove_tree.ts";

/**
 * Makes the node's content what an intent says, from whatever state an interruption has left, and durably; then the intent
 * is gone. INVARIANT: the intent is on the disk before anything of the node changes, and everything that has changed is
 * before the intent goes.
 *
 * @returns what was left as others have made it
 */
export function carryOut(content: TransactionContent, intent: Intent, record: TransactionRecord): Kept[] {
  const kept = switchContent(content, intent, record);
  settle(content, intent);
  return kept;
}

/**
 * Writes the intent down, which decides: whatever stops the machine before, nothing has happened; after that it has. A
 * failure is taken back.
 *
 * @throws {RedpakError} the failure, where the node is as it was; `E_INTERRUPTED` where that is left to `recover`
 */
export function decide(content: TransactionContent, intent: Intent, record: TransactionRecord): Kept[] {
  try {
    writeIntent(content, intent);
  } catch (error) {
    if (isCertain(() => !isDecided(content)) || takeBack(content, intent, record)) throw error;
    throw interrupted(content, error);
  }
  try {
    return carryOut(content, intent, record);
  } catch (error) {
    // What has got its place is done; only the removal of the intent has failed.
    const isPending = isCertain(() => isDecided(content) && holds(content.state, intent.directory));
    if (isPending && takeBack(content, intent, record)) throw error;
    throw interrupted(content, error);
  }
}

/** @returns whether the node is as it was before the intent */
function takeBack(content: TransactionContent, intent: Intent, record: TransactionRecord): boolean {
  try {
    const back: Intent = { ...intent, to: intent.to === "after" ? "before" : "after" };
    writeIntent(content, back);
    carryOut(content, back, record);
    return true;
  } catch (error) {
    if (error instanceof RedpakError || error instanceof SystemCallError) return false;
    throw error;
  }
}

/** Where the machine does not even tell, nothing is. */
function isCertain(condition: () => boolean): boolean {
  try {
    return condition();
  } catch (error) {
    if (error instanceof SystemCallError) return false;
    throw error;
  }
}

function isDecided({ state }: TransactionContent): boolean {
  return state.findDetails(COMMIT_FILE) !== undefined;
}

function interrupted({ path }: TransactionContent, cause: unknown): RedpakError {
  return new RedpakError({
    code: "E_INTERRUPTED",
    message: `Cannot finish a transaction in "${path}": ${cause instanceof Error ? cause.message : cause}`,
    hints: [`redpak recover ${path} finishes it, once the cause is removed`],
    cause,
  });
}

function writeIntent({ state, path }: TransactionContent, intent: Intent): void {
  attempt("commit a transaction in", path, () => replaceFile(state, COMMIT_FILE, encodeIntent(intent)));
}

function switchContent(content: TransactionContent, intent: Intent, record: TransactionRecord): Kept[] {
  const { directory: node, state, path } = content;
  return attempt("switch the content of", path, () => {
    // Who wrote it may have died before it was durable.
    state.sync();
    if (!holds(state, intent.directory)) return [];
    using held = openBelow(state, intent.directory);
    switchUsr(node, held, intent, record);
    using files = held.open(FILES);
    const inPlace = intent.to === "after" && isStaging(intent);
    const numbered = record.operations.map((operation, number) => ({ operation, number }));
    if (intent.to === "before") numbered.reverse();
    const kept = numbered.flatMap(({ operation, number }) =>
      attempt(
        "change",
        `${path}/${operation.path}`,
        () => applyOperation({ node, files, to: intent.to, inPlace }, operation, number) ?? [],
      )
    );
    node.syncFileSystem();
    return kept;
  });
}

/** The `usr` with the transaction's id is the one that it has made: on which side that is tells what has been done. */
function switchUsr(node: Directory, held: Directory, { id, to }: Intent, { hadUsr }: TransactionRecord): void {
  finishExchange(held, USR, node, USR);
  const holdsNew = generationIn(held, USR) === id;
  if (holdsNew !== (to === "after")) return;
  if (to === "before" && !hadUsr) {
    if (generationIn(node, USR) === id) moveToFree(node, USR, held, USR);
  } else if (node.findDetails(USR) === undefined || !hadUsr) {
    moveToFree(held, USR, node, USR);
  } else {
    exchange(held, USR, node, USR);
  }
}

function settle({ state, path }: TransactionContent, intent: Intent): void {
  attempt("finish a transaction in", path, () => {
    if (isStaging(intent) && intent.to === "after" && holds(state, intent.directory)) {
      using generations = state.open(GENERATIONS);
      state.rename(intent.directory, generations, intent.id);
      generations.sync();
      state.sync();
    }
    state.remove(COMMIT_FILE);
    state.sync();
    if (isStaging(intent) && intent.to === "before") removeQuietly(state, intent.directory);
  });
}

const isStaging = ({ directory }: Intent): boolean => directory.startsWith(STAGING_PREFIX);

function holds(state: Directory, path: string): boolean {
  using found = absent(() => openBelow(state, path));
  return found !== undefined;
}
