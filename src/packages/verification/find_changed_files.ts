import { S } from "../../../ffi/libc/constants.ts";
import { Digest } from "../../../ffi/librpm/digest.ts";
import { type Image, type ImageEntry, resolveInImage } from "../../core/image.ts";
import { baseName, parentPath } from "../../core/path.ts";
import { DIGESTS } from "../transaction/digests.ts";
import type { InstalledFile } from "./installed_files.ts";

/** A file that is not as its package has brought it. */
export interface ChangedFile {
  readonly file: InstalledFile;
  readonly change: "missing" | "type" | "content" | "mode" | "user" | "group";
}

const TYPES: Readonly<Record<ImageEntry["kind"], number | undefined>> = {
  file: S.IFREG,
  directory: S.IFDIR,
  link: S.IFLNK,
  other: undefined,
};

/** Bytes that are read at a time. */
const PIECE = 2 ** 20;

/** Numbers of those whom files of packages belong to, by name; undefined for whom nobody knows. */
export interface OwnerNumbers {
  user(name: string): number | undefined;
  group(name: string): number | undefined;
}

/**
 * Compares a file of a package with what is there, as `rpm -V` does.
 *
 * @param image with the node's directory as its root
 * @param root what that directory is
 * @param place where the file is
 */
export function changeOf(
  image: Image,
  root: ImageEntry | undefined,
  place: string | undefined,
  file: InstalledFile,
  owners: OwnerNumbers,
): ChangedFile["change"] | undefined {
  const entry = place === undefined ? undefined : image.lookUp(place);
  if (entry === undefined) return "missing";
  const type = file.mode & S.IFMT;
  if (TYPES[entry.kind] !== type) {
    // A directory of a package can be a link to one, as rpm has it.
    return type === S.IFDIR && resolveInImage(image, file.path)?.entry.kind === "directory" ? undefined : "type";
  }
  if (type === S.IFLNK && entry.target !== file.target) return "content";
  if (type === S.IFREG && !hasContent(image, place!, entry, file)) return "content";
  if (type !== S.IFLNK && (file.mode & 0o7777) !== entry.mode) return "mode";
  // Who unpacks an image without privileges has all of it, and a user's node is that user's.
  const belongs = (actual: number, expected: number | undefined, own = 0) =>
    actual === expected || own !== 0 && actual === own;
  if (!belongs(entry.uid, owners.user(file.user), root?.uid)) return "user";
  return belongs(entry.gid, owners.group(file.group), root?.gid) ? undefined : "group";
}

/** Finds where the files of packages are: the directories on the way can be links. */
export function placesIn(image: Image): (path: string) => string | undefined {
  const directories = new Map<string, string | undefined>([["/", "/"]]);
  const placeOf = (path: string): string | undefined => {
    const above = directoryOf(parentPath(path));
    if (above === undefined) return undefined;
    return above === "/" ? `/${baseName(path)}` : `${above}/${baseName(path)}`;
  };
  /** Each directory on the way is looked at once. */
  const directoryOf = (path: string): string | undefined => {
    const known = directories.get(path);
    if (known !== undefined || directories.has(path)) return known;
    const place = placeOf(path);
    const entry = place === undefined ? undefined : image.lookUp(place);
    const directory = entry?.kind === "link" ? resolveInImage(image, place!)?.path : entry && place;
    directories.set(path, directory);
    return directory;
  };
  return placeOf;
}

function hasContent(image: Image, place: string, { size }: ImageEntry, file: InstalledFile): boolean {
  if (size !== file.size) return false;
  const algorithm = DIGESTS[file.digestAlgorithm];
  if (file.digest === "" || algorithm === undefined) return false;
  using digest = new Digest(algorithm);
  for (let at = 0; at < size;) {
    const bytes = image.read(place, at, PIECE);
    if (bytes.length === 0) return false;
    digest.add(bytes);
    at += bytes.length;
  }
  return digest.hex() === file.digest.toLowerCase();
}
