import { baseName, isWithin, normalizePath, parentPath } from "../core/path.ts";
import type { Family, RedNode } from "./node.ts";
import { ADMIN_FILES, CONFIG_DIRECTORY, NORMAL_FILES, STATE_DIRECTORY, STATUS_FILE } from "./node_files.ts";

/** A part of a writable export that is mounted once more on its own place. */
export interface Cover {
  /** Path on the host. */
  readonly path: string;
  /** A writable one is there to be a mount point: nothing can be put in its place. */
  readonly readOnly: boolean;
  readonly isFile: boolean;
  /** It is made where it is missing, for else the node's programs could make it. */
  readonly isMade: boolean;
}

/** What keeps a writable export from changing what confines the node. */
export interface Guard {
  readonly covers: readonly Cover[];
  /** Why covers are not enough. */
  readonly refusal?: string;
}

/**
 * Every launch reads what confines a node from the node's own directory and those that contain it. So no program may write
 * there, nor make what would be read next time: neither files, nor directories in the place of others. In the mount
 * namespace of the program a mount point cannot be renamed, removed or replaced, which its parents can: that is why each
 * cover lies directly in the export, or in another cover.
 *
 * By the text of paths: links that lead here are refused where sources are opened.
 *
 * @param source what a writable bind shows
 */
export function guardOwnFiles(source: string, family: Family): Guard {
  const shown = normalizePath(source);
  const [leaf] = family;
  if (!isWithin(leaf.path, shown)) return guardInside(shown, family);
  const node = family.find(({ path }) => path === shown);
  if (node === undefined) {
    const refusal =
      "it contains the directory of the node, whose programs could make it a node that all of them are in";
    return { covers: [], refusal };
  }
  const own = [
    { ...cover(`${node.path}/${STATUS_FILE}`), isFile: true },
    ...coverConfig(node) ?? [cover(configDirectory(node))],
    { ...cover(`${shown}/${STATE_DIRECTORY}`), isMade: true },
  ];
  if (node === leaf) return { covers: own };
  const branch = `${shown}/${leaf.path.slice(shown.length + 1).split("/")[0]}`;
  return { covers: [cover(branch), ...own.filter(({ path }) => !isWithin(path, branch))] };
}

/** Of an export that shows a part of a node's directory. */
function guardInside(shown: string, family: Family): Guard {
  const isStatus = baseName(shown) === STATUS_FILE && isWithin(family[0].path, parentPath(shown));
  if (isStatus) return { covers: [], refusal: "it decides which nodes the node is in" };
  for (const node of family) {
    if (shown === normalFile(node) || shown === node.adminFile) {
      return { covers: [], refusal: `it decides what confines ${node.path}` };
    }
    if (isWithin(shown, `${node.path}/${STATE_DIRECTORY}`)) {
      return { covers: [], refusal: `it is redpak's own record of ${node.path}` };
    }
    if (shown !== configDirectory(node)) continue;
    const covers = coverConfig(node)?.filter(({ isFile }) => isFile);
    if (covers !== undefined) return { covers };
    return { covers: [], refusal: `a program could make ${node.path}/${ADMIN_FILES[0]} there` };
  }
  return { covers: [] };
}

/**
 * The rest of the directory stays writable, where no file can be put before those that count: both are there, by the names
 * that are read first.
 */
function coverConfig(node: RedNode): readonly Cover[] | undefined {
  const { path, adminFile } = node;
  const file = normalFile(node);
  if (file !== `${path}/${NORMAL_FILES[0]}` || adminFile !== `${path}/${ADMIN_FILES[0]}`) return undefined;
  return [
    { ...cover(configDirectory(node)), readOnly: false },
    ...[file, adminFile].map((file) => ({ ...cover(file), isFile: true })),
  ];
}

/** Where the launch reads it: in the files of an image, positions have other paths. */
function normalFile({ path, normal }: RedNode): string {
  return `${path}/${NORMAL_FILES.find((name) => normal.file.endsWith(`/${name}`)) ?? NORMAL_FILES[0]}`;
}

function cover(path: string): Cover {
  return { path, readOnly: true, isFile: false, isMade: false };
}

function configDirectory({ path }: RedNode): string {
  return `${path}/${CONFIG_DIRECTORY}`;
}
