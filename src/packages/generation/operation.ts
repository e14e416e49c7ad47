import { S } from "../../../ffi/libc/constants.ts";
import { type FileDetails, isDirectory } from "../../../ffi/libc/file_status.ts";

/**
 * What a transaction does outside of `usr`, path by path. Both sides are kept, so that it can be done and undone, and so
 * that whoever does it can tell what has been done already. Paths are relative to the node and contain no links.
 */
export type PathOperation = FileOperation | DirectoryOperation;

/** Anything that is replaced as one: a file, a link, or a directory with all that is in it. */
export interface FileOperation {
  readonly kind: "file";
  readonly path: string;
  /** What is there without the transaction; `null`: nothing. */
  readonly before: Signature | null;
  /** What is there with it; `null`: nothing. */
  readonly after: Signature | null;
}

/** A directory, which keeps what others have put into it. */
export interface DirectoryOperation {
  readonly kind: "directory";
  readonly path: string;
  readonly before: Owned | null;
  readonly after: Owned | null;
}

export interface Owned {
  readonly uid: number;
  readonly gid: number;
  /** Permission bits. */
  readonly mode: number;
}

/** What tells one state of a file from another. */
export interface Signature {
  /** On the node's file system. */
  readonly inode: string;
  readonly uid: number;
  readonly gid: number;
  /** With the type, as in `st_mode`. */
  readonly mode: number;
  readonly size: number;
  /** Time of the last change of the content: seconds and nanoseconds. */
  readonly modified: string;
  /** Time of the last change of anything; absent where that says nothing. */
  readonly changed?: string | undefined;
}

export function signatureOf(details: FileDetails): Signature {
  const { inode, uid, gid, mode, size, modified, changed } = details;
  return {
    inode: String(inode),
    uid,
    gid,
    mode,
    size,
    modified: `${modified.seconds}.${modified.nanoseconds}`,
    changed: `${changed.seconds}.${changed.nanoseconds}`,
  };
}

/** Whether it is the very file, whatever has been done to it. */
export function isTheFile(details: FileDetails, signature: Signature): boolean {
  return String(details.inode) === signature.inode && ((details.mode ^ signature.mode) & S.IFMT) === 0;
}

/**
 * Whether nobody has done anything to a file.
 *
 * @param inPlace it has not been moved since the signature was taken, so that its time of change counts as well
 */
export function isUnchanged(details: FileDetails, signature: Signature, inPlace: boolean): boolean {
  if (isDirectory(details)) return isTheFile(details, signature);
  const found = signatureOf(details);
  if (inPlace && (found.inode !== signature.inode || (signature.changed ?? found.changed) !== found.changed)) {
    return false;
  }
  return (["uid", "gid", "mode", "size", "modified"] as const).every((key) => found[key] === signature[key]);
}
