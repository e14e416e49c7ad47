import { isSameFile } from "../transaction/same_file.ts";
import type { InstalledFile } from "./installed_files.ts";

/** A file of a package that another one has as well. */
export interface ShadowedFile {
  readonly file: InstalledFile;
  readonly other: InstalledFile;
  /** The node that has the other one. */
  readonly node: string;
}

/** Files of packages of a node, by their paths. */
export type FilesByPath = ReadonlyMap<string, readonly InstalledFile[]>;

/**
 * Finds files of a node's packages that another package of the node or of an ancestor has as well, and with another content:
 * which of them a program gets depends on the order of directories, or of installations. Directories, and files that are
 * the same, can be everybody's.
 *
 * @param nodes the files of the node itself, by its path, and those of its ancestors
 */
export function findShadowedFiles(own: FilesByPath, nodes: ReadonlyMap<string, FilesByPath>): ShadowedFile[] {
  return [...nodes].flatMap(([node, theirs]) =>
    [...own].flatMap(([path, [file, ...others]]): ShadowedFile[] => {
      const candidates = theirs === own ? others : theirs.get(path) ?? [];
      return candidates.filter((other) => !isSameFile(file!, other)).map((other) => ({ file: file!, other, node }));
    })
  );
}
