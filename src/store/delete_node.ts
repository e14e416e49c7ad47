import { RedpakError } from "../core/error.ts";
import { parentPath } from "../core/path.ts";
import { syncDirectory, temporaryPath } from "./durable.ts";
import { eachNode, findTree } from "./find_tree.ts";
import { ioError } from "./io_error.ts";
import { isNode } from "./node_path.ts";
import { realDirectory } from "./node_path.ts";
import { lockNode } from "./lock_node.ts";
import { NodeNotFound } from "./node_not_found.ts";

/** What deletion will do. */
export interface Deletion {
  /** Absolute path of the node. */
  readonly path: string;
  /** Paths of the nodes below it, which go with it. */
  readonly children: readonly string[];
}

/**
 * Decides what deleting a node means, without changing anything. The node may be broken.
 *
 * @throws {RedpakError} `E_NODE_NOT_FOUND`; `E_NODE_HAS_CHILDREN` without `recursive`; `E_MOUNTED` where another file
 * system is mounted below: its content is not the node's
 */
export async function planDeletion(
  path: string,
  options: { readonly recursive?: boolean } = {},
): Promise<Deletion> {
  const directory = realDirectory(path);
  if (!isNode(directory)) throw new NodeNotFound(directory, "no node");
  const children = [...eachNode((await findTree(directory)).nodes)].map((node) => node.path).filter((found) =>
    found !== directory
  );
  if (children.length > 0 && !options.recursive) {
    throw new RedpakError({
      code: "E_NODE_HAS_CHILDREN",
      message: `Cannot delete node "${directory}": it has ${children.length} node(s) inside`,
      hints: [...children.slice(0, 5), "--recursive deletes them too"],
    });
  }
  refuseMounts(directory, Deno.statSync(directory).dev);
  return { path: directory, children };
}

/**
 * Makes a node disappear in one step, then frees its space. When it is killed in between, what is left is a hidden
 * directory `.redpak-delete-…` beside where the node was.
 */
export function deleteNode({ path }: Deletion): void {
  using _lock = lockNode(path);
  const parent = parentPath(path);
  const temporary = temporaryPath(parent, "delete");
  try {
    Deno.renameSync(path, temporary);
    syncDirectory(parent);
  } catch (error) {
    throw ioError("delete node", path, error);
  }
  try {
    Deno.removeSync(temporary, { recursive: true });
    syncDirectory(parent);
  } catch (error) {
    throw ioError("free the space of the deleted node", temporary, error);
  }
}

function refuseMounts(directory: string, device: number): void {
  try {
    for (const entry of Deno.readDirSync(directory)) {
      if (!entry.isDirectory) continue;
      const path = `${directory}/${entry.name}`;
      if (Deno.lstatSync(path).dev !== device) {
        throw new RedpakError({
          code: "E_MOUNTED",
          message: `Cannot delete "${path}": another file system is mounted there`,
          hints: [`umount ${path}`],
        });
      }
      refuseMounts(path, device);
    }
  } catch (error) {
    throw ioError("look into", directory, error);
  }
}
