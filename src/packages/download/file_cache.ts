import { LOCK, O } from "../../../ffi/libc/constants.ts";
import type { Descriptor } from "../../../ffi/libc/descriptor.ts";
import { fileDetails, isRegularFile, isSameFile } from "../../../ffi/libc/file_status.ts";
import { isErrno } from "../../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../../ffi/libc/system_calls.ts";
import { Digest } from "../../../ffi/librpm/digest.ts";
import { writeAll } from "../../host/write_all.ts";
import { attempt } from "../attempt.ts";
import { absent, type Directory } from "../generation/directory.ts";
import type { Checksum } from "../repository/checksum.ts";
import { openOwnChild, openOwnDirectory } from "./own_directory.ts";

const FILES = "files";
const PARTIAL = "partial";

/** Bytes that are read at a time: what one read(2) through libc moves at most. */
const CHUNK = 128 * 1024;

/** Milliseconds between two looks at a file that another process is downloading. */
const PAUSE = 100;

/**
 * Files that were downloaded, by what they contain: a file's name is its checksum, and no file gets its name before its
 * content has been found to be that. Nothing else about a file is of interest, so a whole family shares one cache.
 */
export class FileCache implements Disposable {
  readonly #files: Directory;
  readonly #partial: Directory;

  private constructor(readonly path: string, root: Directory) {
    this.#files = openOwnChild(root, FILES, path);
    this.#partial = openOwnChild(root, PARTIAL, path);
  }

  /** @throws {RedpakError} as `openOwnDirectory` */
  static open(kernel: Kernel, path: string): FileCache {
    using root = openOwnDirectory(kernel, path);
    return attempt("use", path, () => new FileCache(path, root));
  }

  /** Where a file is, once it is there. */
  pathOf(checksum: Checksum, ending: string): string {
    return `${this.path}/${FILES}/${nameOf(checksum)}${ending}`;
  }

  /** Opens a file that is there and is what its name says; what is not is removed. */
  find(checksum: Checksum, ending: string): Descriptor | undefined {
    const name = `${nameOf(checksum)}${ending}`;
    return attempt("read", this.pathOf(checksum, ending), () =>
      absent(() => {
        const file = this.#files.openFile(name, O.RDONLY);
        if (this.#holds(file, checksum)) return file;
        file[Symbol.dispose]();
        this.#files.remove(name);
      }));
  }

  /** Whether there is a file of that name; `find` looks at its content. */
  has(checksum: Checksum, ending: string): boolean {
    const details = this.#files.findDetails(`${nameOf(checksum)}${ending}`);
    return details !== undefined && isRegularFile(details);
  }

  /** The content of a small file. */
  read(checksum: Checksum, ending: string, limit: number): Uint8Array<ArrayBuffer> | undefined {
    using file = this.find(checksum, ending);
    if (file === undefined) return undefined;
    const { size } = fileDetails(this.#files.kernel, file.number, "");
    if (size > limit) return undefined;
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const chunk of chunksOf(this.#files.kernel, file.number)) {
      if (at + chunk.length > size) break;
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  /**
   * The content of a file, piece by piece; each is valid until the next one.
   *
   * @returns whether it is there
   */
  copy(checksum: Checksum, ending: string, write: (chunk: Uint8Array<ArrayBuffer>) => void): boolean {
    using file = this.find(checksum, ending);
    if (file === undefined) return false;
    for (const chunk of chunksOf(this.#files.kernel, file.number)) write(chunk);
    return true;
  }

  /** Puts a small file there, which has been looked at. */
  async put(bytes: Uint8Array<ArrayBuffer>, ending: string): Promise<Checksum> {
    const hex = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    const checksum: Checksum = { algorithm: "sha256", hex };
    using partial = await this.begin(checksum, ending, new AbortController().signal);
    if (partial === undefined) return checksum;
    partial.restart();
    partial.write(bytes);
    partial.keep(true);
    return checksum;
  }

  /** Removes a file that is no longer of use. */
  remove(checksum: Checksum, ending: string): void {
    absent(() => this.#files.remove(`${nameOf(checksum)}${ending}`));
  }

  /**
   * The file as far as it has been downloaded, for this process alone: another one that has begun with it is waited for.
   *
   * @returns `undefined` where that one has brought it to its end
   */
  async begin(checksum: Checksum, ending: string, signal: AbortSignal): Promise<PartialFile | undefined> {
    const name = nameOf(checksum);
    const path = `${this.path}/${PARTIAL}/${name}`;
    while (true) {
      signal.throwIfAborted();
      using complete = this.find(checksum, ending);
      if (complete !== undefined) return undefined;
      const file = attempt("write", path, () => this.#openPartial(name));
      if (file !== undefined) {
        return new PartialFile(this.#partial.kernel, file, checksum, {
          rename: () => this.#partial.rename(name, this.#files, `${name}${ending}`),
          sync: () => this.#files.sync(),
          discard: () => this.#partial.remove(name),
        }, path);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  /** @returns `undefined` where another process has it */
  #openPartial(name: string): Descriptor | undefined {
    const { kernel } = this.#partial;
    const file = this.#partial.openFile(name, O.RDWR | O.CREAT, 0o600);
    try {
      kernel.flock(file.number, LOCK.EX | LOCK.NB);
    } catch (error) {
      file[Symbol.dispose]();
      if (isErrno(error, "EAGAIN")) return undefined;
      throw error;
    }
    // Between opening and locking, whoever had it may have given it its name, and begun another.
    const own = fileDetails(kernel, file.number, "");
    const named = this.#partial.findDetails(name);
    const usable = isRegularFile(own) && own.uid === kernel.geteuid() && own.links === 1 && (own.mode & 0o022) === 0;
    if (named !== undefined && isSameFile(own, named) && usable) return file;
    file[Symbol.dispose]();
    if (named !== undefined && isSameFile(own, named)) this.#partial.remove(name);
    return undefined;
  }

  #holds(file: Descriptor, { algorithm, hex }: Checksum): boolean {
    const { kernel } = this.#files;
    if (!isRegularFile(fileDetails(kernel, file.number, ""))) return false;
    using digest = new Digest(algorithm);
    for (const chunk of chunksOf(kernel, file.number)) digest.add(chunk);
    kernel.lseek(file.number, 0, SEEK_SET);
    return digest.hex() === hex;
  }

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]();
    this.#partial[Symbol.dispose]();
  }
}

const SEEK_SET = 0;

function nameOf({ algorithm, hex }: Checksum): string {
  return `${algorithm}-${hex}`;
}

/** Each is valid until the next one. */
function* chunksOf(kernel: Kernel, file: number): Generator<Uint8Array<ArrayBuffer>> {
  const chunk = new Uint8Array(CHUNK);
  for (let count = 0; (count = kernel.read(file, chunk, chunk.length)) > 0;) yield chunk.subarray(0, count);
}

interface Place {
  /** Gives it its name. */
  readonly rename: () => void;
  /** Makes the name durable. */
  readonly sync: () => void;
  readonly discard: () => void;
}

/** A file that is being downloaded. What has come of it stays where the download fails, for the next attempt. */
export class PartialFile implements Disposable {
  #digest: Digest;
  #size = 0;
  #pieces = 0;
  #isNamed = true;

  constructor(
    private readonly kernel: Kernel,
    private readonly file: Descriptor,
    private readonly checksum: Checksum,
    private readonly place: Place,
    private readonly path: string,
  ) {
    this.#digest = new Digest(checksum.algorithm);
    for (const chunk of chunksOf(kernel, file.number)) {
      this.#digest.add(chunk);
      this.#size += chunk.length;
    }
    if (this.#size > 0) this.#pieces = 1;
  }

  get number(): number {
    return this.file.number;
  }

  /** Bytes that are there. */
  get size(): number {
    return this.#size;
  }

  /** It comes from more than one answer, so if it is wrong, nobody knows whose fault that is. */
  get isMixed(): boolean {
    return this.#pieces > 1;
  }

  /** An answer begins. */
  beginPiece(): void {
    this.#pieces++;
  }

  write(chunk: Uint8Array<ArrayBuffer>): void {
    attempt("write", this.path, () => writeAll(this.kernel, this.number, chunk));
    this.#digest.add(chunk);
    this.#size += chunk.length;
  }

  /** Begins at the beginning. */
  restart(): void {
    attempt("write", this.path, () => {
      this.kernel.ftruncate(this.number, 0);
      this.kernel.lseek(this.number, 0, SEEK_SET);
    });
    this.#digest[Symbol.dispose]();
    this.#digest = new Digest(this.checksum.algorithm);
    this.#size = 0;
    this.#pieces = 0;
  }

  /** Whether its content is what was announced. Asked once, at the end; if it is not, `restart`. */
  isComplete(): boolean {
    return this.#digest.hex() === this.checksum.hex;
  }

  /** Gives it its name. */
  keep(isDurable: boolean): void {
    attempt("write", this.path, () => {
      this.kernel.fchmod(this.number, 0o644);
      if (isDurable) this.kernel.fsync(this.number);
      this.place.rename();
      if (isDurable) this.place.sync();
      this.#isNamed = false;
    });
  }

  /** Removes it: what it contains will never be of use. */
  discard(): void {
    attempt("remove", this.path, () => this.place.discard());
    this.#isNamed = false;
  }

  [Symbol.dispose](): void {
    if (this.#size === 0 && this.#isNamed) absent(() => this.place.discard());
    this.#digest[Symbol.dispose]();
    this.file[Symbol.dispose]();
  }
}
