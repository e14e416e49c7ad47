import { type FileDetails, isDirectory } from "../../../ffi/libc/file_status.ts";
import { RedpakError } from "../../core/error.ts";
import type { Directory } from "./directory.ts";
import { USR } from "./layout.ts";
import {
  type DirectoryOperation,
  type FileOperation,
  type Owned,
  type PathOperation,
  signatureOf,
} from "./operation.ts";
import { isPathOfPackages } from "./record.ts";
import { type StagedPaths, stateOf } from "./stage_paths.ts";

/**
 * What has to be done to the node outside of `usr` so that it becomes what has been made of its staged paths.
 *
 * INVARIANT: files go before the directories that they were in, and directories come before the files that are put into
 * them, so that each operation can be done when its turn comes; and can be undone in the opposite order.
 *
 * @param root what was prepared, and has been changed since
 * @param node path of the node, for messages
 * @throws {RedpakError} `E_PROTECTED` where something was made that decides about the node
 */
export function findOperations(root: Directory, staged: StagedPaths, node: string): PathOperation[] {
  const removedFiles: FileOperation[] = [];
  const removedDirectories: DirectoryOperation[] = [];
  const madeDirectories: DirectoryOperation[] = [];
  const putFiles: FileOperation[] = [];
  const found = new Set<string>();

  const visit = (directory: Directory, path: string, details: FileDetails): void => {
    refuseProtected(path, node);
    const before = staged.get(path);
    if (isDirectory(details)) {
      if (before?.kind === "directory") found.add(path);
      const was = before?.kind === "directory" ? before.original : null;
      const is = ownedOf(details);
      if (was === null || !isSame(was, is)) madeDirectories.push({ kind: "directory", path, before: was, after: is });
      using entered = directory.open(nameOf(path));
      for (const name of entered.list()) visit(entered, `${path}/${name}`, entered.details(name));
      return;
    }
    const was = before?.kind === "file" ? before : undefined;
    if (was !== undefined) found.add(path);
    if (was?.staged === stateOf(details)) return;
    putFiles.push({ kind: "file", path, before: was?.original ?? null, after: signatureOf(details) });
  };
  for (const name of root.list()) if (name !== USR) visit(root, name, root.details(name));

  for (const [path, before] of staged) {
    if (found.has(path)) continue;
    if (before.kind === "file") removedFiles.push({ kind: "file", path, before: before.original, after: null });
    else removedDirectories.push({ kind: "directory", path, before: before.original, after: null });
  }
  // What is in a directory sorts behind it.
  removedDirectories.sort((one, other) => (one.path < other.path ? 1 : -1));
  // The configuration is in it: packages put files there, and have no say in who may write to it.
  const made = madeDirectories.filter(({ path, before }) => path !== "etc" || before === null);
  return [...removedFiles, ...removedDirectories, ...made, ...putFiles];
}

function refuseProtected(path: string, node: string): void {
  if (isPathOfPackages(path)) return;
  throw new RedpakError({
    code: "E_PROTECTED",
    message: `Cannot change "${node}/${path}": it decides about the node, and packages must not`,
  });
}

function ownedOf({ uid, gid, mode }: FileDetails): Owned {
  return { uid, gid, mode: mode & 0o7777 };
}

const isSame = (one: Owned, other: Owned): boolean =>
  one.uid === other.uid && one.gid === other.gid && one.mode === other.mode;

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
