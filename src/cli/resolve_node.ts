import { RedpakError } from "../core/error.ts";
import { didYouMean } from "../core/did_you_mean.ts";
import { EXIT } from "../core/exit_code.ts";

/**
 * The path that a node is named by on the command line: a path, or, where a root is configured, the alias of a node
 * below it. A word without `/` is an alias first.
 *
 * @throws {RedpakError} `E_ALIAS_AMBIGUOUS`, `E_NODE_NOT_FOUND`
 */
export async function resolveNode(name: string, root: string | undefined): Promise<string> {
  if (root === undefined || isPath(name)) return name;
  // Reading all configurations takes code that most commands do not need.
  const { eachNode, findTree } = await import("../store/find_tree.ts");
  const nodes = [...eachNode((await findTree(root)).nodes)];
  const found = nodes.filter(({ node }) => node?.normal.config.headers.alias === name);
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first.path;
  if (first !== undefined) {
    throw new RedpakError({
      code: "E_ALIAS_AMBIGUOUS",
      exit: EXIT.usage,
      message: `Cannot find node "${name}": ${found.length} nodes below "${root}" have this alias`,
      hints: found.map(({ path }) => `name it by its path: ${path}`),
    });
  }
  if (isDirectory(name)) return name;
  const aliases = nodes.flatMap(({ node }) => node === undefined ? [] : [node.normal.config.headers.alias]);
  const meant = didYouMean(name, aliases);
  throw new RedpakError({
    code: "E_NODE_NOT_FOUND",
    exit: EXIT.notFound,
    message: `Cannot find node "${name}": no node below "${root}" has this alias`,
    hints: [...meant === undefined ? [] : [`did you mean ${meant}?`], `redpak tree ${root} lists them`],
  });
}

/** The path for a new node: a word without `/` is put below the configured root. */
export function resolveNewNode(name: string, root: string | undefined): string {
  return root === undefined || isPath(name) ? name : `${root}/${name}`;
}

function isPath(name: string): boolean {
  return name.includes("/") || name === "." || name === "..";
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
