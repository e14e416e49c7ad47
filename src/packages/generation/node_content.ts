import { isDirectory } from "../../../ffi/libc/file_status.ts";
import type { Kernel } from "../../../ffi/libc/system_calls.ts";
import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import type { NodeLock } from "../../store/lock_node.ts";
import { COMMIT_FILE, STATE_DIRECTORY } from "../../store/node_files.ts";
import { attempt } from "../attempt.ts";
import { Directory } from "./directory.ts";
import { readFile } from "./durable_file.ts";
import { GENERATION_FILE, GENERATIONS, USR } from "./layout.ts";
import { decodeIntent, type Intent, isId } from "./record.ts";

const OTHERS_WRITE = 0o022;

/** The directory of a node, and what redpak keeps in it, both open. */
export interface NodeContent extends Disposable {
  /** For messages, and for what has to be named by a path. */
  readonly path: string;
  readonly directory: Directory;
  /** `.redpak`; `undefined` before the first transaction. */
  readonly state: Directory | undefined;
}

/** A node that this process alone changes. */
export interface LockedContent extends NodeContent {
  readonly isLocked: true;
}

/** A node that has a place for transactions. */
export interface TransactionContent extends LockedContent {
  readonly state: Directory;
}

/**
 * Opens a node to look at its transactions.
 *
 * @throws {RedpakError} `E_NOT_TRUSTED` where others could have written what is kept there
 */
export function openContent(kernel: Kernel, path: string): NodeContent {
  return attempt("open node", path, () => {
    const directory = Directory.at(kernel, path);
    try {
      const state = directory.find(STATE_DIRECTORY);
      if (state !== undefined) refuseStrangers(state, `${path}/${STATE_DIRECTORY}`);
      return contentOf(path, directory, state);
    } catch (error) {
      directory[Symbol.dispose]();
      throw error;
    }
  });
}

/** As `openContent`, to change the node. The lock has to be held for as long. */
export function openLockedContent(kernel: Kernel, path: string, lock: NodeLock): LockedContent {
  const content = openContent(kernel, path);
  // What is locked and what is opened were named by the same path, but that may have been replaced in between.
  const { inode } = attempt("open node", path, () => content.directory.ownDetails());
  if (Number(inode) === lock.directory.ino) return { ...content, isLocked: true };
  content[Symbol.dispose]();
  throw new RedpakError({
    code: "E_BUSY",
    exit: EXIT.busy,
    message: `Cannot open node "${path}": it was replaced in this moment`,
  });
}

/** Makes the places that a transaction needs. What is open in `content` stays its own: disposing of this closes none of it. */
export function withState(content: LockedContent): TransactionContent {
  const { directory, path } = content;
  return attempt("prepare", `${path}/${STATE_DIRECTORY}`, () => {
    const made = content.state === undefined ? openState(directory, path) : undefined;
    const state = (content.state ?? made)!;
    // Everybody has to see whether a switch is under way; what is in the directories is for its owner only.
    if ((state.ownDetails().mode & 0o777) !== 0o755) state.kernel.fchmod(state.number, 0o755);
    if (state.findDetails(GENERATIONS) === undefined) state.make(GENERATIONS)[Symbol.dispose]();
    return { ...content, state, [Symbol.dispose]: () => made?.[Symbol.dispose]() };
  });
}

/** Somebody may have made it since the node was opened: caches of metadata are in it, too. */
function openState(directory: Directory, path: string): Directory {
  const found = directory.find(STATE_DIRECTORY);
  if (found === undefined) {
    const made = directory.make(STATE_DIRECTORY);
    directory.sync();
    return made;
  }
  refuseStrangers(found, `${path}/${STATE_DIRECTORY}`);
  return found;
}

/** The switch that is under way, or was when something stopped it. */
export function readIntent({ state, path }: NodeContent): Intent | undefined {
  const file = `${path}/${STATE_DIRECTORY}/${COMMIT_FILE}`;
  const text = state && attempt("read", file, () => readFile(state, COMMIT_FILE));
  return text === undefined ? undefined : decodeIntent(text, file);
}

/** Id of the transaction that made the node's `usr`; `undefined` where none did. */
export function readHead({ directory, path }: NodeContent): string | undefined {
  return attempt("read", `${path}/${USR}/${GENERATION_FILE}`, () => generationIn(directory, USR));
}

/** Id of the transaction that made a `usr`, wherever it is. Throws SystemCallError. */
export function generationIn(parent: Directory, name: string): string | undefined {
  const details = parent.findDetails(name);
  if (details === undefined || !isDirectory(details)) return undefined;
  using usr = parent.open(name);
  const id = readFile(usr, GENERATION_FILE)?.trim();
  return isId(id) ? id : undefined;
}

function contentOf(path: string, directory: Directory, state: Directory | undefined): NodeContent {
  return {
    path,
    directory,
    state,
    [Symbol.dispose]() {
      state?.[Symbol.dispose]();
      directory[Symbol.dispose]();
    },
  };
}

/** It says what is put where, with the rights of whoever reads it. */
function refuseStrangers(state: Directory, path: string): void {
  const { uid, mode } = state.ownDetails();
  if ((uid === 0 || uid === state.kernel.geteuid()) && (mode & OTHERS_WRITE) === 0) return;
  throw new RedpakError({
    code: "E_NOT_TRUSTED",
    exit: EXIT.configuration,
    message: `Cannot trust "${path}": it belongs to user ${uid}, with the mode ${(mode & 0o7777).toString(8)}`,
    hints: ["it has to be writable by root or by you alone"],
  });
}
