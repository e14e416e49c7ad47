import { standsOnHost } from "../config/stands_on_host.ts";
import { type Problem, RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { isWithin, parentPath } from "../core/path.ts";
import { quote } from "../core/quote.ts";
import { eachNode, findTree } from "../store/find_tree.ts";
import { type Machine, THIS_MACHINE } from "../store/machine.ts";
import { type LoadedNode, stickyOwnership } from "../store/load_node.ts";
import { isNode } from "../store/node_path.ts";
import type { Ownership } from "../store/read_file.ts";

/** A node of an image, with the paths that it has on the device; positions name the files of the image. */
export type ImageNode =
  & { /** Its directory on the device. */ readonly path: string; /** And here. */ readonly directory: string }
  & ({ readonly family: readonly [LoadedNode, ...LoadedNode[]] } | { readonly error: RedpakError });

export interface ImageNodes {
  readonly nodes: readonly ImageNode[];
  readonly warnings: readonly Problem[];
}

export interface ImageNodesOptions {
  readonly admin: boolean;
  /** A directory of the image in which the nodes are; all of it when absent. No node may be above. */
  readonly within?: string | undefined;
}

/**
 * All nodes of an image, parents before their children. One whose files cannot be read takes those inside of it with it.
 *
 * @param root the directory that is `/` on the device, without symbolic links
 * @throws {RedpakError} `E_USAGE` where it is a node itself: no node is `/`
 */
export async function imageNodes(root: string, { admin, within }: ImageNodesOptions): Promise<ImageNodes> {
  if (isNode(root)) {
    throw new RedpakError({
      code: "E_USAGE",
      exit: EXIT.usage,
      message: `Cannot take ${quote(root)} for an image: it is a node`,
      hints: ["an image is the directory that is / on the device; that of this machine is /"],
    });
  }
  const machine = machineOf(root);
  const { nodes, warnings } = await findTree(within ?? root, { admin, isImage: within === undefined, machine });
  const onDevice = (path: string) => root === "/" ? path : path.slice(root.length) || "/";
  const loaded = new Map<string, LoadedNode>();
  const broken = new Map<string, RedpakError>();
  const found = [...eachNode(nodes)].map(({ path: directory, node, error }): ImageNode => {
    const path = onDevice(directory);
    if (node !== undefined) loaded.set(path, retarget(node, path, root, onDevice));
    else broken.set(path, error);
    const family: LoadedNode[] = [];
    const transparent: Ownership[] = [];
    for (let above = path; above !== "/"; above = parentPath(above)) {
      const failed = broken.get(above);
      if (failed !== undefined) return { path, directory, error: failed };
      const member = loaded.get(above);
      if (member !== undefined) family.push(member);
      else transparent.push(stickyOwnership(root === "/" ? above : root + above));
    }
    const [leaf, ...ancestors] = family as unknown as [LoadedNode, ...LoadedNode[]];
    return { path, directory, family: [{ ...leaf, ownerships: [...leaf.ownerships, ...transparent] }, ...ancestors] };
  });
  return { nodes: found, warnings };
}

/** Whether the packages of the host count for a node of an image: its topmost ancestor says so, though it itself be broken. */
export function standsOnHostIn(nodes: readonly ImageNode[], { path }: ImageNode): boolean {
  const top = nodes.find((other) => isWithin(path, other.path));
  return top !== undefined && "family" in top && standsOnHost(top.family);
}

/** Who is root on the device may be anybody here. */
export function machineOf(root: string): Machine {
  return root === "/" ? THIS_MACHINE : { root, owners: [0, Deno.uid() ?? 0] };
}

/** What lies above the image is not on the device. */
function retarget(
  node: LoadedNode,
  path: string,
  root: string,
  onDevice: (path: string) => string,
): LoadedNode {
  return {
    ...node,
    path,
    adminFile: node.adminFile && onDevice(node.adminFile),
    ownerships: node.ownerships.filter((ownership) => isWithin(ownership.path, root)),
  };
}
