import { S } from "../../ffi/libc/constants.ts";
import type { ImageEntry } from "../core/image.ts";

/** @param mode type and permission bits as in `st_mode`, inode(7) */
export function entryKind(mode: number): ImageEntry["kind"] {
  return KINDS.get(mode & S.IFMT) ?? "other";
}

const KINDS = new Map<number, ImageEntry["kind"]>([[S.IFREG, "file"], [S.IFDIR, "directory"], [S.IFLNK, "link"]]);
