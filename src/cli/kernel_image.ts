import { S } from "../../ffi/libc/constants.ts";
import { FileReader } from "../../ffi/libc/file_reader.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Image, ImageEntry } from "../core/image.ts";
import { isWithin } from "../core/path.ts";
import { ioError } from "../store/io_error.ts";

/** Bytes that are asked for without a look at the size of the file. */
const PIECE = 2 ** 17;

/** Directories of a running machine that no image has anything of. */
const RUNTIME = ["/proc", "/sys", "/dev"];

const KINDS: Readonly<Record<number, ImageEntry["kind"]>> = {
  [S.IFREG]: "file",
  [S.IFDIR]: "directory",
  [S.IFLNK]: "link",
};

/**
 * As `DirectoryImage`, for commands that look at all of an image: read by system calls, which takes a fifth of the time.
 * All of them are in `ffi/libc/file_reader.ts`, and none of those can change anything.
 */
export class KernelImage implements Image {
  readonly #base: string;
  readonly #reader = new FileReader();

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
    if (this.#base === "" && RUNTIME.some((directory) => isWithin(path, directory))) {
      return { kind: "other", mode: 0, uid: 0, gid: 0, size: 0 };
    }
    try {
      const { mode, uid, gid, size } = this.#reader.status(here);
      const kind = KINDS[mode & S.IFMT] ?? "other";
      const entry = { kind, mode: mode & 0o7777, uid, gid, size };
      return kind === "link" ? { ...entry, target: this.#reader.readLink(here) } : entry;
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
      throw ioError("look at", here, error);
    }
  }

  list(path: string): string[] {
    const here = this.pathOf(path);
    try {
      return this.#reader.list(here).sort();
    } catch (error) {
      throw ioError("list", here, error);
    }
  }

  read(path: string, offset: number, length: number): Uint8Array {
    const here = this.pathOf(path);
    try {
      // What a damaged file announces is no reason to ask for more memory than the file has bytes.
      const most = length <= PIECE ? length : Math.max(0, Math.min(length, this.#reader.status(here).size - offset));
      return this.#reader.read(here, offset, most);
    } catch (error) {
      throw ioError("read", here, error);
    }
  }
}
