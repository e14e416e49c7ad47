import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { ioError, isAbsent } from "./io_error.ts";
import { SIZE_LIMIT } from "./node_files.ts";

/** Who may change what is at a path. */
export interface Ownership {
  readonly path: string;
  readonly uid: number;
  /** Permission bits. */
  readonly mode: number;
}

export interface OwnedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly ownership: Ownership;
}

/**
 * Reads a regular file of at most 1 MiB. It is opened once: type, size, owner and content are those of one and the same
 * file, whatever happens to its name meanwhile.
 *
 * @returns `undefined` where nothing is at `path`: a link that leads nowhere is a file that is gone, not one that there never was
 * @throws {RedpakError} `E_NOT_PERMITTED`, `E_NOT_REGULAR`, `E_TOO_LARGE`, `E_IO`
 */
export function readRegularFile(path: string): OwnedFile | undefined {
  try {
    // Opening a FIFO would wait for its writer: look before. The handle's own type is what counts.
    if (!Deno.statSync(path).isFile) throw notRegular(path);
    using file = Deno.openSync(path, { read: true });
    const info = file.statSync();
    if (!info.isFile) throw notRegular(path);
    const bytes = readAtMost(file, Math.min(info.size, SIZE_LIMIT) + 1);
    if (bytes.length > SIZE_LIMIT) {
      throw tooLarge(path);
    }
    return { path, bytes, ownership: ownership(path, info) };
  } catch (error) {
    if (!isAbsent(error)) throw ioError("read", path, error);
    if (isLink(path)) throw notRegular(path, "it is a symbolic link that leads nowhere");
    return undefined;
  }
}

function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false;
  }
}

/**
 * Reads a regular file of UTF-8 text that a command line names.
 *
 * @throws {RedpakError} `E_NOT_FOUND`, and as `readRegularFile`
 */
export function readNamedText(path: string): string {
  const file = readRegularFile(path);
  if (file !== undefined) return new TextDecoder().decode(file.bytes);
  throw new RedpakError({
    code: "E_NOT_FOUND",
    exit: EXIT.notFound,
    message: `Cannot read "${path}": no such file or directory (ENOENT)`,
    errno: "ENOENT",
  });
}

/**
 * Reads standard input: text of at most 1 MiB.
 *
 * @throws {RedpakError} `E_TOO_LARGE`
 */
export function readStandardInput(): string {
  const bytes = readAtMost(Deno.stdin, SIZE_LIMIT + 1);
  if (bytes.length > SIZE_LIMIT) throw tooLarge("standard input");
  return new TextDecoder().decode(bytes);
}

export function ownership(path: string, info: Deno.FileInfo): Ownership {
  return { path, uid: info.uid ?? 0, mode: (info.mode ?? 0) & 0o7777 };
}

function readAtMost(file: Pick<Deno.FsFile, "readSync">, size: number): Uint8Array {
  let buffer = new Uint8Array(size);
  let length = 0;
  while (length <= SIZE_LIMIT) {
    // A file that grows while it is read.
    if (length === buffer.length) {
      const larger = new Uint8Array(Math.min(length * 2, SIZE_LIMIT + 1));
      larger.set(buffer);
      buffer = larger;
    }
    const count = file.readSync(buffer.subarray(length));
    if (count === null || count === 0) break;
    length += count;
  }
  return buffer.subarray(0, length);
}

function notRegular(path: string, reason = "it is not a regular file"): RedpakError {
  return new RedpakError({
    code: "E_NOT_REGULAR",
    exit: EXIT.configuration,
    message: `Cannot read "${path}": ${reason}`,
  });
}

function tooLarge(path: string): RedpakError {
  return new RedpakError({
    code: "E_TOO_LARGE",
    exit: EXIT.configuration,
    message: `Cannot read "${path}": it is larger than ${SIZE_LIMIT} bytes`,
  });
}
