/**
 * Names in a node's directory; ARCHITECTURE.md, Packages, says what is in them. Those below `.redpak` are in
 * `src/store/node_files.ts` where others know of them as well.
 */

/** Programs and the package database: switched as one. */
export const USR = "usr";

/** In `usr`: the id of the transaction that made it, so that it says itself what it is, wherever it has got to. */
export const GENERATION_FILE = ".redpak-generation";

/** In `.redpak`: what transactions have replaced, a directory for each. */
export const GENERATIONS = "generations";

/** In `.redpak`: begins the name of a transaction that is being prepared. */
export const STAGING_PREFIX = "staging-";

/** In `.redpak`: begins the name of what is being removed. */
export const REMOVED_PREFIX = "removed-";

/** In a staging or generation directory: what the transaction is, and what it does outside of `usr`. */
export const RECORD_FILE = "transaction.json";

/** In a staging or generation directory: files that come from outside of `usr` or go there, by the numbers of operations. */
export const FILES = "files";

/** In a staging directory, until it is committed: what the package manager sees as the root directory. */
export const ROOT = "root";
