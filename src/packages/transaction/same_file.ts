import { S } from "../../../ffi/libc/constants.ts";
import type { PackagedFile } from "./package_content.ts";

/** What of a packaged file decides about whether another one can be in its place. */
export type FileContent = Pick<PackagedFile, "mode" | "size" | "digest" | "target"> & {
  /** By its number in OpenPGP. */
  readonly digestAlgorithm: number;
};

/** Whether two packages can both have a file: directories, and what has the same content. */
export function isSameFile(one: FileContent, other: FileContent): boolean {
  const type = one.mode & S.IFMT;
  if (type !== (other.mode & S.IFMT)) return false;
  if (type === S.IFDIR) return true;
  if (type === S.IFLNK) return one.target === other.target;
  return type === S.IFREG && one.size === other.size && one.digest === other.digest &&
    one.digestAlgorithm === other.digestAlgorithm;
}
