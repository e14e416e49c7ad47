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
  const shadowed: ShadowedFile[] = [];
  for (const [node, theirs] of nodes) {
    for (const [path, files] of own) {
      const file = files[0]!;
      for (const other of theirs.get(path) ?? []) {
        if (other !== file && !isSameFile(file, other)) shadowed.push({ file, other, node });
      }
    }
  }
  return shadowed;
}
