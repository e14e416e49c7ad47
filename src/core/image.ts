/**
 * The file system of a device, as an image of it: everything by the path that it has on the device. Nothing is followed
 * and nothing is written.
 */
export interface Image {
  /**
   * What has a path whose directories are no links; `undefined` for what is not there.
   *
   * @throws {RedpakError} where that cannot be found out
   */
  lookUp(path: string): ImageEntry | undefined;
  /** Names in a directory, sorted. */
  list(path: string): Iterable<string>;
  /** What is in a directory, by name, sorted: where an image has that more easily together (`scanImage`). */
  scan?(path: string): ReadonlyMap<string, ImageEntry>;
  /**
   * Bytes of a regular file from `offset` on; fewer where it ends before.
   *
   * @param room memory that they may be put into, for who reads many files one after the other
   */
  read(path: string, offset: number, length: number, room?: Uint8Array<ArrayBuffer>): Uint8Array;
}

export interface ImageEntry {
  readonly kind: "file" | "directory" | "link" | "other";
  /** Permissions, with the bits for set-user-ID, set-group-ID and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of a file. */
  readonly size: number;
  /** Where a link leads. */
  readonly target?: string;
}

/** What is in a directory, by name, sorted. */
export function scanImage(image: Image, path: string): ReadonlyMap<string, ImageEntry> {
  if (image.scan !== undefined) return image.scan(path);
  const entries = new Map<string, ImageEntry>();
  for (const name of image.list(path)) {
    const entry = image.lookUp(path === "/" ? `/${name}` : `${path}/${name}`);
    if (entry !== undefined) entries.set(name, entry);
  }
  return entries;
}

/** Links on the way to one file, as in path_resolution(7). */
export const LINKS_LIMIT = 40;

/** A link that is met on the way to a file: its path, in which nothing is a link, and where it leads. */
export interface ImageLink {
  readonly path: string;
  readonly target: string;
}

/**
 * Where a path of the device leads when all links are followed; `undefined` where something on the way is not there, no
 * directory, or a link to itself.
 *
 * @param meet is told of each link
 */
export function resolveInImage(
  image: Image,
  path: string,
  meet?: (link: ImageLink) => void,
): { path: string; entry: ImageEntry } | undefined {
  let entry = image.lookUp("/");
  const parts = path.split("/").reverse();
  let at = "";
  for (let links = 0; parts.length > 0;) {
    const part = parts.pop()!;
    if (part === "" || part === ".") continue;
    if (entry?.kind !== "directory") return undefined;
    if (part === "..") {
      at = at.slice(0, Math.max(at.lastIndexOf("/"), 0));
      entry = image.lookUp(at === "" ? "/" : at);
      continue;
    }
    const next = `${at}/${part}`;
    const found = image.lookUp(next);
    if (found?.kind !== "link") {
      [at, entry] = [next, found];
      if (found === undefined) return undefined;
      continue;
    }
    if (++links > LINKS_LIMIT) return undefined;
    const target = found.target ?? "";
    meet?.({ path: next, target });
    if (target.startsWith("/")) [at, entry] = ["", image.lookUp("/")];
    parts.push(...target.split("/").reverse());
  }
  return entry === undefined ? undefined : { path: at === "" ? "/" : at, entry };
}
