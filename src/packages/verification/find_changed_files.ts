import { S } from "../../../ffi/libc/constants.ts";
import { Digest } from "../../../ffi/libsolv/digest.ts";
import { type Image, type ImageEntry, resolveInImage } from "../../core/image.ts";
import { baseName, parentPath } from "../../core/path.ts";
import { DIGESTS } from "../transaction/digests.ts";
import type { InstalledFile } from "./installed_files.ts";

/** A file that is not as its package has brought it. */
export interface ChangedFile {
  readonly file: InstalledFile;
  readonly change: "missing" | "type" | "content" | "mode";
}

const TYPES: Readonly<Record<ImageEntry["kind"], number | undefined>> = {
  file: S.IFREG,
  directory: S.IFDIR,
  link: S.IFLNK,
  other: undefined,
};

/** Bytes that are read at a time. */
const PIECE = 2 ** 20;

/**
 * Compares the files of packages with what is there, as `rpm -V` does; not their owners, for who unpacks an image without
 * privileges has all of them.
 *
 * @param image with the node's directory as its root
 */
export function findChangedFiles(image: Image, files: readonly InstalledFile[]): ChangedFile[] {
  return files.flatMap((file) => {
    const change = changeOf(image, file);
    return change === undefined ? [] : [{ file, change }];
  });
}

/** Where a file of a package is: the directories on the way can be links. */
export function placeOf(image: Image, path: string): string | undefined {
  const above = resolveInImage(image, parentPath(path));
  if (above === undefined) return undefined;
  return above.path === "/" ? `/${baseName(path)}` : `${above.path}/${baseName(path)}`;
}

function changeOf(image: Image, file: InstalledFile): ChangedFile["change"] | undefined {
  const place = placeOf(image, file.path);
  const entry = place === undefined ? undefined : image.lookUp(place);
  if (entry === undefined) return "missing";
  const type = file.mode & S.IFMT;
  if (TYPES[entry.kind] !== type) {
    // A directory of a package can be a link to one, as rpm has it.
    return type === S.IFDIR && resolveInImage(image, file.path)?.entry.kind === "directory" ? undefined : "type";
  }
  if (type === S.IFLNK) return entry.target === file.target ? undefined : "content";
  if (type === S.IFREG && !hasContent(image, place!, entry, file)) return "content";
  return (file.mode & 0o7777) === entry.mode ? undefined : "mode";
}

function hasContent(image: Image, place: string, { size }: ImageEntry, file: InstalledFile): boolean {
  if (size !== file.size) return false;
  const algorithm = DIGESTS[file.digestAlgorithm];
  if (file.digest === "" || algorithm === undefined) return false;
  using digest = new Digest(algorithm);
  for (let at = 0; at < size;) {
    const bytes = image.read(place, at, PIECE);
    if (bytes.length === 0) return false;
    digest.add(new Uint8Array(bytes));
    at += bytes.length;
  }
  return digest.hex() === file.digest.toLowerCase();
}
