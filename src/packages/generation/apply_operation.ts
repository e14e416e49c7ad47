import { AT, S } from "../../../ffi/libc/constants.ts";
import { type FileDetails, isDirectory } from "../../../ffi/libc/file_status.ts";
import { isErrno } from "../../../ffi/libc/system_call_error.ts";
import { baseName } from "../../core/path.ts";
import { STATUS_FILE } from "../../store/node_files.ts";
import type { Directory } from "./directory.ts";
import { exchange, finishExchange, moveToFree } from "./exchange.ts";
import {
  type DirectoryOperation,
  type FileOperation,
  isTheFile,
  isUnchanged,
  type Owned,
  type PathOperation,
  type Signature,
} from "./operation.ts";
import type { Intent } from "./record.ts";

/** A path that was left as others have made it. */
export interface Kept {
  /** Relative to the node. */
  readonly path: string;
  /** Relative to the node: where what the transaction would have put there is now. */
  readonly aside?: string;
}

/** Where operations are carried out. */
export interface Sides {
  readonly node: Directory;
  /** What is to be put into the node, and what is taken from it, by the numbers of the operations. */
  readonly files: Directory;
  readonly to: Intent["to"];
  /** What is in the node has not been moved since the operations were found. */
  readonly inPlace: boolean;
}

/** Ends the name of an empty directory that takes the place of one that is removed, so that it can be given back. */
export const SPARE = ".spare";

/**
 * Does one operation as far as it is not done already, so that it may be interrupted and repeated at any moment. What
 * others have changed is left as it is. Throws SystemCallError.
 */
export function applyOperation(sides: Sides, operation: PathOperation, number: number): Kept | undefined {
  const parent = openParent(sides.node, operation.path);
  try {
    const place: Place = {
      ...sides,
      parent,
      name: baseName(operation.path),
      slot: String(number),
      path: operation.path,
    };
    return operation.kind === "file" ? applyFile(place, operation) : applyDirectory(place, operation);
  } finally {
    parent?.[Symbol.dispose]();
  }
}

interface Place extends Sides {
  readonly path: string;
  /** `undefined` where there is no way to it: others have removed a directory, or made it something else. */
  readonly parent: Directory | undefined;
  readonly name: string;
  readonly slot: string;
}

/** What comes to lie in another node is not of this one. */
function openParent(node: Directory, path: string): Directory | undefined {
  let directory = node.again();
  try {
    for (const name of path.split("/").slice(0, -1)) {
      using parent = directory;
      directory = parent.open(name);
      if (directory.findDetails(STATUS_FILE) !== undefined) {
        directory[Symbol.dispose]();
        return undefined;
      }
    }
    return directory;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "ELOOP")) return undefined;
    throw error;
  }
}

function applyFile(place: Place, operation: FileOperation): Kept | undefined {
  const [want, have] = place.to === "after" ? [operation.after, operation.before] : [operation.before, operation.after];
  if (want === null) return have === null ? undefined : takeFile(place, have);
  return have === null ? putFile(place, want) : replaceFile(place, want, have);
}

function putFile(place: Place, want: Signature): Kept | undefined {
  const { files, slot, parent, name, path } = place;
  const held = files.findDetails(slot);
  if (held === undefined || !isTheFile(held, want)) return undefined;
  if (parent === undefined) return { path };
  try {
    moveToFree(files, slot, parent, name);
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
    if (!isTheFile(parent.details(name), want)) return putAside(place, parent);
    // A move by a second name was interrupted.
    files.remove(slot);
  }
}

function takeFile({ files, slot, parent, name, path, inPlace }: Place, have: Signature): Kept | undefined {
  const held = files.findDetails(slot);
  const there = parent?.findDetails(name);
  if (parent === undefined || there === undefined) return undefined;
  if (held !== undefined) {
    // A move by a second name was interrupted.
    if (held.inode === there.inode) parent.remove(name);
    return undefined;
  }
  if (!isUnchanged(there, have, inPlace)) return { path };
  moveToFree(parent, name, files, slot);
  if (files.details(slot).inode === there.inode) return undefined;
  // Somebody has put another file there in this moment.
  moveToFree(files, slot, parent, name);
  return { path };
}

function replaceFile(place: Place, want: Signature, have: Signature): Kept | undefined {
  const { files, slot, parent, name, path, inPlace } = place;
  if (parent !== undefined) finishExchange(files, slot, parent, name);
  const held = files.findDetails(slot);
  if (held === undefined || !isTheFile(held, want)) return undefined;
  if (parent === undefined) return { path };
  const there = parent.findDetails(name);
  if (there === undefined) return putFile(place, want);
  if (!isUnchanged(there, have, inPlace)) return putAside(place, parent);
  exchange(files, slot, parent, name);
  if (files.details(slot).inode === there.inode) return undefined;
  // Somebody has put another file there in this moment.
  exchange(files, slot, parent, name);
  return putAside(place, parent);
}

/** Puts what is to be in the place beside it, by a name that is free, as package managers do with configuration. */
function putAside({ files, slot, name, path }: Place, parent: Directory): Kept {
  for (let count = 1;; count++) {
    const ending = count === 1 ? ".rpmnew" : `.rpmnew.${count}`;
    try {
      moveToFree(files, slot, parent, name + ending);
      return { path, aside: path + ending };
    } catch (error) {
      if (!isErrno(error, "EEXIST")) throw error;
    }
  }
}

function applyDirectory(place: Place, operation: DirectoryOperation): Kept | undefined {
  const [want, have] = place.to === "after" ? [operation.after, operation.before] : [operation.before, operation.after];
  if (want === null) return have === null ? undefined : takeDirectory(place, have);
  return have === null ? putDirectory(place) : changeDirectory(place, want, have);
}

function putDirectory({ files, slot, parent, name, path }: Place): Kept | undefined {
  // The removal of the directory may have been interrupted before its spare became what is kept of it.
  const held = [slot, slot + SPARE].find((entry) => files.findDetails(entry) !== undefined);
  if (held === undefined) return undefined;
  if (parent === undefined) return { path };
  try {
    moveToFree(files, held, parent, name);
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
    return isDirectory(parent.details(name)) ? undefined : { path };
  }
}

/** Only while it is empty: what others have put into it stays, and so does the directory. */
function takeDirectory({ files, slot, parent, name, path }: Place, have: Owned): Kept | undefined {
  if (files.findDetails(slot) !== undefined) return undefined;
  if (files.findDetails(slot + SPARE) === undefined) makeOwned(files, slot + SPARE, have);
  const there = parent?.findDetails(name);
  if (there !== undefined) {
    if (!isDirectory(there)) return { path };
    try {
      parent!.removeDirectory(name);
    } catch (error) {
      if (isErrno(error, "ENOTEMPTY", "EEXIST", "EBUSY")) return undefined;
      throw error;
    }
  }
  files.rename(slot + SPARE, files, slot);
}

function changeDirectory({ parent, name, path }: Place, want: Owned, have: Owned): Kept | undefined {
  const there = parent?.findDetails(name);
  if (parent === undefined || there === undefined || !isDirectory(there)) return { path };
  if (isOwned(there, want)) return undefined;
  using directory = parent.open(name);
  // Of two changes only the first may have been made.
  const states = [have, { ...want, mode: have.mode }, { ...want, mode: have.mode & ~SPECIAL }];
  if (!states.some((state) => isOwned(there, state))) return { path };
  setOwned(directory, want);
}

/** Bits of the mode that chown(2) may take away. */
const SPECIAL = S.ISUID | S.ISGID;

function makeOwned(parent: Directory, name: string, owned: Owned): void {
  using directory = parent.make(name);
  setOwned(directory, owned);
}

function setOwned({ kernel, number }: Directory, { uid, gid, mode }: Owned): void {
  // INVARIANT: first the owner, for chown(2) takes away bits of the mode.
  kernel.fchownat(number, "", uid, gid, AT.EMPTY_PATH);
  kernel.fchmod(number, mode);
}

function isOwned({ uid, gid, mode }: FileDetails, owned: Owned): boolean {
  return uid === owned.uid && gid === owned.gid && (mode & 0o7777) === owned.mode;
}
