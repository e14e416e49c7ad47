import { isDirectory } from "../../../ffi/libc/file_status.ts";
import { STATUS_FILE } from "../../store/node_files.ts";
import type { Directory } from "./directory.ts";
import { isPathOfPackages } from "./record.ts";

/**
 * All paths below directories of a node that packages may change: without what decides about the node, the nodes inside of
 * it, and what is mounted there. Throws SystemCallError.
 *
 * @param names of directories, relative to the node
 * @param except paths that are left out, with everything below
 * @returns absolute as in the node
 */
export function listContent(node: Directory, names: readonly string[], except: readonly string[]): string[] {
  const { device } = node.ownDetails();
  const paths: string[] = [];
  const visit = (parent: Directory, name: string, path: string): void => {
    if (except.includes(path) || !isPathOfPackages(path)) return;
    const details = parent.findDetails(name);
    if (details === undefined || details.device !== device || details.isMounted) return;
    if (!isDirectory(details)) {
      paths.push(`/${path}`);
      return;
    }
    using directory = parent.open(name);
    if (directory.findDetails(STATUS_FILE) !== undefined) return;
    paths.push(`/${path}`);
    for (const entry of directory.list()) visit(directory, entry, `${path}/${entry}`);
  };
  for (const name of names) visit(node, name, name);
  return paths;
}
