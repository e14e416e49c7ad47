import { S } from "../../../ffi/libc/constants.ts";
import { Digest } from "../../../ffi/librpm/digest.ts";
import { type Image, type ImageEntry, resolveInImage, scanImage } from "../../core/image.ts";
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

/** Bytes that are read at a time, and where they are put: most files are small, and memory for each costs more than reading it. */
const PIECE = 2 ** 20;
const room = new Uint8Array(PIECE);

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
 * @param found what is there
 * @param meet is told the content of each file that is read at once: it is valid during the call
 */
export function changeOf(
  image: Image,
  root: ImageEntry | undefined,
  found: FoundFile | undefined,
  file: InstalledFile,
  owners: OwnerNumbers,
  meet?: (entry: ImageEntry, content: Uint8Array) => void,
): ChangedFile["change"] | undefined {
  if (found === undefined) return "missing";
  const { entry } = found;
  const type = file.mode & S.IFMT;
  if (TYPES[entry.kind] !== type) {
    // A directory of a package can be a link to one, as rpm has it.
    return type === S.IFDIR && resolveInImage(image, file.path)?.entry.kind === "directory" ? undefined : "type";
  }
  if (type === S.IFLNK && entry.target !== file.target) return "content";
  if (type === S.IFREG && !hasContent(image, found, file, meet)) return "content";
  if (type !== S.IFLNK && (file.mode & 0o7777) !== entry.mode) return "mode";
  if (!belongs(entry.uid, owners.user(file.user), root?.uid)) return "user";
  return belongs(entry.gid, owners.group(file.group), root?.gid) ? undefined : "group";
}

/** What has the path of a file of a package. */
export interface FoundFile {
  /** Where it is, when the links on the way are followed. */
  readonly place: string;
  readonly entry: ImageEntry;
}

/** Finds the files of packages: the directories on the way can be links. Each of them is looked at once. */
export function foundIn(image: Image): (path: string) => FoundFile | undefined {
  interface Directory {
    /** With a slash at its end. */
    readonly place: string;
    readonly entries: ReadonlyMap<string, ImageEntry>;
  }
  const directories = new Map<string, Directory | undefined>([["", { place: "/", entries: scanImage(image, "/") }]]);
  const find = (path: string): FoundFile | undefined => {
    const cut = path.lastIndexOf("/");
    const directory = directoryOf(path.slice(0, cut));
    const name = path.slice(cut + 1);
    const entry = directory?.entries.get(name);
    return entry && { place: directory!.place + name, entry };
  };
  const directoryOf = (path: string): Directory | undefined => {
    const known = directories.get(path);
    if (known !== undefined || directories.has(path)) return known;
    const found = find(path);
    const place = found?.entry.kind === "link" ? resolveInImage(image, found.place)?.path : found?.place;
    const isDirectory = place !== undefined && image.lookUp(place)?.kind === "directory";
    const directory = isDirectory
      ? { place: place === "/" ? place : `${place}/`, entries: scanImage(image, place) }
      : undefined;
    directories.set(path, directory);
    return directory;
  };
  return find;
}

/** Who unpacks an image without privileges has all of it, and a user's node is that user's. */
function belongs(actual: number, expected: number | undefined, own = 0): boolean {
  return actual === expected || own !== 0 && actual === own;
}

function hasContent(
  image: Image,
  { place, entry }: FoundFile,
  file: InstalledFile,
  meet?: (entry: ImageEntry, content: Uint8Array) => void,
): boolean {
  const { size } = entry;
  if (size !== file.size) return false;
  const algorithm = DIGESTS[file.digestAlgorithm];
  if (file.digest === "" || algorithm === undefined) return false;
  using digest = new Digest(algorithm);
  for (let at = 0; at < size;) {
    const bytes = image.read(place, at, Math.min(size - at, PIECE), room);
    if (bytes.length === 0) return false;
    if (bytes.length === size) meet?.(entry, bytes);
    digest.add(bytes);
    at += bytes.length;
  }
  return digest.hex() === file.digest.toLowerCase();
}
