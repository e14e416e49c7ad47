import { parentPath } from "../core/path.ts";
import { type LoadedNode, type LoadOptions, readNode, stickyOwnership } from "./load_node.ts";
import { isNode, realDirectory } from "./node_path.ts";
import type { Ownership } from "./read_file.ts";

/** A `Family` whose members carry their ownerships, for `checkTrust`. */
export type LoadedFamily = readonly [LoadedNode, ...LoadedNode[]];

/**
 * Reads a node and its ancestors: every directory above it that holds a status file, up to but not including `/`.
 * Directories that are no nodes are transparent; who can write to one could put another node in the place of this one,
 * or has made it one that is no node, so they count among the leaf's ownerships. One unreadable or invalid ancestor fails
 * the whole: without it the family would be looser than its author wrote.
 *
 * @throws {RedpakError} as `loadNode`, for whichever node is broken
 */
export async function loadFamily(path: string, options: LoadOptions = {}): Promise<LoadedFamily> {
  const leaf = realDirectory(path);
  const ancestors: LoadedNode[] = [];
  const transparent: Ownership[] = [];
  for (let directory = parentPath(leaf); directory !== "/"; directory = parentPath(directory)) {
    if (isNode(directory)) ancestors.push(await readNode(directory, options));
    else transparent.push(stickyOwnership(directory));
  }
  const node = await readNode(leaf, options);
  return [{ ...node, ownerships: [...node.ownerships, ...transparent] }, ...ancestors];
}
