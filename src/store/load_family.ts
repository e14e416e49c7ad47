import { parentPath } from "../core/path.ts";
import { ioError, isAbsent } from "./io_error.ts";
import { type LoadedNode, type LoadOptions, readNode, realDirectory } from "./load_node.ts";
import { STATUS_FILE } from "./node_files.ts";

/** A `Family` whose members carry their ownerships, for `checkTrust`. */
export type LoadedFamily = readonly [LoadedNode, ...LoadedNode[]];

/**
 * Reads a node and its ancestors: every directory above it that holds a status file, up to but not including `/`.
 * Directories that are no nodes are transparent. One unreadable or invalid ancestor fails the whole: without it the
 * family would be looser than its author wrote.
 *
 * @throws {RedpakError} as `loadNode`, for whichever node is broken
 */
export function loadFamily(path: string, options: LoadOptions = {}): LoadedFamily {
  const leaf = realDirectory(path);
  const ancestors: LoadedNode[] = [];
  for (let directory = parentPath(leaf); directory !== "/"; directory = parentPath(directory)) {
    if (isNode(directory)) ancestors.push(readNode(directory, options));
  }
  return [readNode(leaf, options), ...ancestors];
}

/** Whether a directory holds a status file. */
export function isNode(directory: string): boolean {
  const path = `${directory}/${STATUS_FILE}`;
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw ioError("inspect", path, error);
  }
}
