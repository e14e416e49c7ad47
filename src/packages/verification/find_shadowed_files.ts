import { isSameFile } from "../transaction/same_file.ts";
import type { InstalledFile } from "./installed_files.ts";

/** A file of a node that takes the place of an ancestor's. */
export interface ShadowedFile {
  readonly file: InstalledFile;
  readonly other: InstalledFile;
  /** The ancestor: what `own` calls it. */
  readonly ancestor: string;
}

/**
 * Finds files of a node's packages that packages of its ancestors have as well, and with another content: which of them a
 * program gets depends on the order of directories. Directories, and files that are the same, can be everybody's.
 *
 * @param ancestors the files of each of them
 */
export function findShadowedFiles(
  own: readonly InstalledFile[],
  ancestors: ReadonlyMap<string, readonly InstalledFile[]>,
): ShadowedFile[] {
  const mine = new Map(own.map((file) => [file.path, file]));
  return [...ancestors].flatMap(([ancestor, files]) =>
    files.flatMap((other): ShadowedFile[] => {
      const file = mine.get(other.path);
      return file === undefined || isSameFile(file, other) ? [] : [{ file, other, ancestor }];
    })
  );
}
