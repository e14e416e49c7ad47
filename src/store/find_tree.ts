import { compareNatural } from "../core/compare_natural.ts";
import { type Problem, RedpakError } from "../core/error.ts";
import { ioError } from "./io_error.ts";
import { isNode } from "./node_path.ts";
import { type LoadedNode, type LoadOptions, readNode } from "./load_node.ts";
import { realDirectory } from "./node_path.ts";

export interface TreeOptions extends LoadOptions {
  /** The directory is the root of a file system, as `/` is. */
  readonly isImage?: boolean;
}

/** A node found by a scan; `error` stands in place of `node` where its files cannot be read. */
export type TreeNode =
  & { readonly path: string; readonly children: readonly TreeNode[] }
  & (
    | { readonly node: LoadedNode; readonly error?: undefined }
    | { readonly node?: undefined; readonly error: RedpakError }
  );

export interface Tree {
  /** The directory that was scanned, without symbolic links. */
  readonly root: string;
  readonly nodes: readonly TreeNode[];
  /** Directories that could not be looked into: nodes may be missing from the tree. */
  readonly warnings: readonly Problem[];
}

/** Directories of a node, or of `/`, that hold programs and the kernel's files, never nodes. */
const CONTENT = ["bin", "dev", "etc", "lib", "lib64", "proc", "sbin", "sys", "usr"];

/** Levels below the root of a scan; deeper than any real tree, so that a hostile one ends. */
const DEPTH_LIMIT = 64;

/**
 * Finds all nodes in and below a directory, sorted by name. Plain directories are looked through, as the search for
 * ancestors does; hidden ones and symbolic links are not followed, and neither is `CONTENT`. A broken node is part of
 * the result, with its error.
 *
 * @throws {RedpakError} where `path` itself is no directory or cannot be read
 */
export async function findTree(path: string, options: TreeOptions = {}): Promise<Tree> {
  const root = realDirectory(path);
  const warnings: Problem[] = [];
  const nodes = await scan(root, 0, options, warnings);
  return { root, nodes, warnings };
}

/** Every node of the tree, parents before their children. */
export function* eachNode(nodes: readonly TreeNode[]): Generator<TreeNode> {
  for (const node of nodes) {
    yield node;
    yield* eachNode(node.children);
  }
}

async function scan(
  directory: string,
  depth: number,
  options: TreeOptions,
  warnings: Problem[],
): Promise<TreeNode[]> {
  let found: TreeNode | undefined;
  let names: string[];
  try {
    found = isNode(directory) ? await attemptNode(directory, options) : undefined;
    names = subdirectories(
      directory,
      found !== undefined || directory === "/" || depth === 0 && options.isImage === true,
    );
  } catch (error) {
    const problem = ioError("look into", directory, error);
    if (depth === 0 || !(problem instanceof RedpakError)) throw problem;
    warnings.push({ code: "W_NOT_SCANNED", message: problem.message });
    return found === undefined ? [] : [found];
  }
  if (depth === DEPTH_LIMIT && names.length > 0) {
    warnings.push({
      code: "W_NOT_SCANNED",
      message: `Cannot look below "${directory}": deeper than ${DEPTH_LIMIT} levels`,
    });
    return found === undefined ? [] : [found];
  }
  const base = directory === "/" ? "" : directory;
  const children: TreeNode[] = [];
  for (const name of names) children.push(...await scan(`${base}/${name}`, depth + 1, options, warnings));
  return found === undefined ? children : [{ ...found, children }];
}

async function attemptNode(path: string, options: LoadOptions): Promise<TreeNode> {
  try {
    return { path, node: await readNode(path, options), children: [] };
  } catch (error) {
    if (!(error instanceof RedpakError)) throw error;
    return { path, error, children: [] };
  }
}

function subdirectories(directory: string, withContent: boolean): string[] {
  const names: string[] = [];
  for (const entry of Deno.readDirSync(directory)) {
    if (!entry.isDirectory || entry.name.startsWith(".")) continue;
    if (withContent && CONTENT.includes(entry.name)) continue;
    names.push(entry.name);
  }
  return names.sort(compareNatural);
}
