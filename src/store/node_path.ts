import { parentPath, resolvePath } from "../core/path.ts";
import { ioError, isAbsent } from "./io_error.ts";
import { STATUS_FILE } from "./node_files.ts";
import { NodeNotFound } from "./node_not_found.ts";

/**
 * The directory of a node, whatever its configuration says, which is not read.
 *
 * @param path as for `realDirectory`
 * @throws {RedpakError} `E_NODE_NOT_FOUND`, `E_NOT_PERMITTED`
 */
export function nodeDirectory(path: string): string {
  const directory = realDirectory(path);
  if (!isNode(directory)) throw new NodeNotFound(directory, "no node");
  return directory;
}

/**
 * @param path absolute, or relative to the working directory; symbolic links are resolved
 * @throws {RedpakError} telling apart what is absent, no directory, and not permitted
 */
export function realDirectory(path: string): string {
  const absolute = resolvePath(path.startsWith("/") ? "/" : Deno.cwd(), path);
  try {
    const real = Deno.realPathSync(absolute);
    if (!Deno.statSync(real).isDirectory) throw new NodeNotFound(absolute, "no directory");
    return real;
  } catch (error) {
    if (isAbsent(error)) throw new NodeNotFound(absolute, "absent");
    throw ioError("open node", absolute, error);
  }
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
