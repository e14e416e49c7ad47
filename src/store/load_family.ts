import { parentPath } from "../core/path.ts";
import { ioError, isAbsent } from "./io_error.ts";
import { type LoadedNode, type LoadOptions, readNode, realDirectory, stickyOwnership } from "./load_node.ts";
import { STATUS_FILE } from "./node_files.ts";
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

/** Paths of the nodes that a node is in, the topmost first. */
export function nodesAbove(path: string): string[] {
  const found: string[] = [];
  for (let directory = parentPath(path); directory !== "/"; directory = parentPath(directory)) {
    if (isNode(directory)) found.unshift(directory);
  }
  return found;
}

/** Whether a directory holds a status file, or what should be one. */
export function isNode(directory: string): boolean {
  const path = `${directory}/${STATUS_FILE}`;
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw ioError("inspect", path, error);
  }
}
