import { S } from "../../ffi/libc/constants.ts";
import { hasFileCapabilities } from "../../ffi/libc/file_capabilities.ts";
import { FileReader, type ReadStatus } from "../../ffi/libc/file_reader.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { ImageEntry } from "../core/image.ts";
import { isWithin } from "../core/path.ts";
import { DirectoryImage, readableLength } from "../store/directory_image.ts";
import { ioError } from "../store/io_error.ts";
import { entryKind } from "./entry_kind.ts";

/** Directories of a running machine that no image has anything of. */
const RUNTIME = ["/proc", "/sys", "/dev"];
const NOT_OF_IMAGE: ImageEntry = { kind: "other", mode: 0, uid: 0, gid: 0, size: 0 };

/**
 * As `DirectoryImage`, for commands that look at all of an image: read by system calls, which takes a fifth of the time.
 * All of them are in `ffi/libc/file_reader.ts`, and none of those can change anything.
 */
export class KernelImage extends DirectoryImage implements Disposable {
  readonly #reader = new FileReader();
  /** Whether it is this machine. */
  readonly #isHere = this.pathOf("/") === "/";

  override lookUp(path: string): ImageEntry | undefined {
    if (this.#isRuntime(path)) return NOT_OF_IMAGE;
    const here = this.pathOf(path);
    try {
      const status = this.#reader.status(here);
      const isLink = (status.mode & S.IFMT) === S.IFLNK;
      return entryOf(status, isLink ? this.#reader.readLink(here) : undefined);
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
      throw ioError("look at", here, error);
    }
  }

  override list(path: string): string[] {
    return [...this.scan(path).keys()];
  }

  scan(path: string): Map<string, ImageEntry> {
    const here = this.pathOf(path);
    try {
      const listed = this.#reader.list(here).sort((one, other) => one.name < other.name ? -1 : 1);
      const entries = new Map<string, ImageEntry>();
      for (const one of listed) entries.set(one.name, entryOf(one, one.target));
      if (this.#isHere && path === "/" || this.#isRuntime(path)) {
        for (const name of entries.keys()) {
          if (this.#isRuntime(path === "/" ? `/${name}` : path)) entries.set(name, NOT_OF_IMAGE);
        }
      }
      return entries;
    } catch (error) {
      throw ioError("list", here, error);
    }
  }

  override read(
    path: string,
    offset: number,
    length: number,
    room?: Uint8Array<ArrayBuffer>,
  ): Uint8Array<ArrayBuffer> {
    const here = this.pathOf(path);
    try {
      const most = readableLength(length, () => this.#reader.status(here).size - offset);
      return this.#reader.read(here, offset, most, room);
    } catch (error) {
      throw ioError("read", here, error);
    }
  }

  /** Whether a file has capabilities of its own. Most files have no attributes at all. */
  hasCapabilities(path: string): boolean {
    const here = this.pathOf(path);
    try {
      return this.#reader.hasAttributes(here) && hasFileCapabilities(here);
    } catch (error) {
      if (isErrno(error, "EOPNOTSUPP", "ENOENT")) return false;
      throw error;
    }
  }

  #isRuntime(path: string): boolean {
    return this.#isHere && RUNTIME.some((directory) => isWithin(path, directory));
  }

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
  }
}

function entryOf({ mode, uid, gid, size }: ReadStatus, target: string | undefined): ImageEntry {
  const entry = { kind: entryKind(mode), mode: mode & 0o7777, uid, gid, size };
  return target === undefined ? entry : { ...entry, target };
}
