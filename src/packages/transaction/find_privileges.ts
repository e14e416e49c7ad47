import { S } from "../../../ffi/libc/constants.ts";
import { isDirectory, isRegularFile } from "../../../ffi/libc/file_status.ts";
import { hasPrivileges } from "../generation/clone_tree.ts";
import type { Directory } from "../generation/directory.ts";

/**
 * Files in a tree that give rights to whoever starts or opens them: by set-user-ID and set-group-ID bits, by file
 * capabilities, or as devices. Throws SystemCallError.
 *
 * @returns by absolute path as in the tree; the number tells apart what may not become something else
 */
export function findPrivileges(root: Directory): Map<string, number> {
  const found = new Map<string, number>();
  const visit = (directory: Directory, path: string): void => {
    for (const name of directory.list()) {
      const details = directory.details(name);
      const below = `${path}/${name}`;
      if (isDirectory(details)) {
        using entered = directory.open(name);
        visit(entered, below);
      } else if (isRegularFile(details)) {
        if (hasPrivileges(directory, name, details)) found.set(below, details.mode & (S.ISUID | S.ISGID));
      } else {
        const type = details.mode & S.IFMT;
        if (type === S.IFCHR || type === S.IFBLK) found.set(below, type);
      }
    }
  };
  visit(root, "");
  return found;
}
