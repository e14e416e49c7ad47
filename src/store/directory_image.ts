import type { Image, ImageEntry } from "../core/image.ts";
import { ioError, isAbsent } from "./io_error.ts";

/** Bytes that are asked for without a look at the size of the file. */
const PIECE = 2 ** 17;

/**
 * How much of a file is read: what a damaged file announces is no reason to ask for more memory than the file has bytes.
 *
 * @param length bytes that are asked for
 * @param rest bytes from the place on to the end of the file; asked for where it matters
 */
export function readableLength(length: number, rest: () => number): number {
  return length <= PIECE ? length : Math.max(0, Math.min(length, rest()));
}

/** The image of a device in a directory: a mounted root file system, a sysroot, or `/` itself. */
export class DirectoryImage implements Image {
  readonly #base: string;

  /** @param root without symbolic links */
  constructor(root: string) {
    this.#base = root === "/" ? "" : root;
  }

  /** Where a path of the device is here. */
  pathOf(path: string): string {
    return path === "/" ? this.#base || "/" : this.#base + path;
  }

  lookUp(path: string): ImageEntry | undefined {
    const here = this.pathOf(path);
    try {
      const { isFile, isDirectory, isSymlink, mode, uid, gid, size } = Deno.lstatSync(here);
      const kind = isFile ? "file" : isDirectory ? "directory" : isSymlink ? "link" : "other";
      return {
        kind,
        mode: (mode ?? 0) & 0o7777,
        uid: uid ?? 0,
        gid: gid ?? 0,
        size,
        ...isSymlink ? { target: Deno.readLinkSync(here) } : {},
      };
    } catch (error) {
      if (isAbsent(error) || error instanceof Deno.errors.NotADirectory) return undefined;
      // /proc, /sys and /dev of this machine: no image has what is in them.
      if (error instanceof Deno.errors.NotCapable) return { kind: "other", mode: 0, uid: 0, gid: 0, size: 0 };
      throw ioError("look at", here, error);
    }
  }

  list(path: string): string[] {
    const here = this.pathOf(path);
    try {
      return [...Deno.readDirSync(here)].map(({ name }) => name).sort();
    } catch (error) {
      throw ioError("list", here, error);
    }
  }

  read(path: string, offset: number, length: number): Uint8Array {
    const here = this.pathOf(path);
    try {
      using file = Deno.openSync(here);
      if (offset > 0) file.seekSync(offset, Deno.SeekMode.Start);
      const bytes = new Uint8Array(readableLength(length, () => file.statSync().size - offset));
      let filled = 0;
      while (filled < bytes.length) {
        const count = file.readSync(bytes.subarray(filled));
        if (count === null) break;
        filled += count;
      }
      return bytes.subarray(0, filled);
    } catch (error) {
      throw ioError("read", here, error);
    }
  }
}
