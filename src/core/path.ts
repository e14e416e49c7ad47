/**
 * Lexical operations on absolute POSIX paths. They never look at the file system: resolving symbolic links is the
 * business of whoever holds the permission to.
 */

/** Removes empty and `.` components and resolves `..` textually; the result is absolute, without trailing slash. */
export function normalizePath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return "/" + parts.join("/");
}

/** The path of `relative` below `base`; an absolute `relative` stands for itself. */
export function resolvePath(base: string, relative: string): string {
  return normalizePath(relative.startsWith("/") ? relative : `${base}/${relative}`);
}

/** The directory of a normalised path; `/` for `/`. */
export function parentPath(path: string): string {
  const cut = path.lastIndexOf("/");
  return cut <= 0 ? "/" : path.slice(0, cut);
}

/** The last component of a normalised path; empty for `/`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Whether a normalised path is `ancestor` or lies below it. */
export function isWithin(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(ancestor === "/" ? "/" : ancestor + "/");
}
