import { openLibrary } from "../shared_library.ts";
import { AT, AT_FDCWD, O, S, STATX } from "./constants.ts";
import { errnoName } from "./errno.ts";
import { decodeName, encodeName } from "./file_name.ts";
import { STATX_DETAILS_LAYOUT, STATX_LAYOUT } from "./file_status.ts";
import { SystemCallError } from "./system_call_error.ts";

/**
 * The only calls that are made here, by their numbers on x86_64 and aarch64. INVARIANT: none of them changes anything.
 */
export const READING_CALLS = {
  statx: [332, 291],
  openat: [257, 56],
  pread64: [17, 67],
  getdents64: [217, 61],
  readlinkat: [267, 78],
  llistxattr: [195, 12],
  close: [3, 57],
} as const satisfies Record<string, readonly [x86_64: number, aarch64: number]>;

/** With which everything is opened. INVARIANT: for reading, never for writing, and nothing is made. */
export const READING_FLAGS = O.RDONLY | O.NOFOLLOW | O.NONBLOCK | O.CLOEXEC;

/** `syscall` as each of the calls: the types of its parameters are those of theirs. */
const SYMBOLS = {
  /** `int statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *buffer)` */
  statx: { name: "syscall", parameters: ["i32", "i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  /** `int openat(int dirfd, const char *path, int flags)` */
  openat: { name: "syscall", parameters: ["i32", "i32", "buffer", "i32"], result: "i32" },
  /** `ssize_t pread64(int fd, void *buffer, size_t count, off_t offset)` */
  pread64: { name: "syscall", parameters: ["i32", "i32", "buffer", "usize", "i64"], result: "i32" },
  /** `ssize_t getdents64(int fd, void *buffer, size_t count)` */
  getdents64: { name: "syscall", parameters: ["i32", "i32", "buffer", "usize"], result: "i32" },
  /** `ssize_t readlinkat(int dirfd, const char *path, char *buffer, size_t size)` */
  readlinkat: { name: "syscall", parameters: ["i32", "i32", "buffer", "buffer", "usize"], result: "i32" },
  /** `ssize_t llistxattr(const char *path, char *list, size_t size)` */
  llistxattr: { name: "syscall", parameters: ["i32", "buffer", "usize", "usize"], result: "i32" },
  /** `int close(int fd)` */
  close: { name: "syscall", parameters: ["i32", "i32"], result: "i32" },
  /** `int *__errno_location(void)` */
  __errno_location: { parameters: [], result: "usize" },
  /** `void *memcpy(void *destination, const void *source, size_t size)` */
  memcpy: { parameters: ["buffer", "usize", "usize"], result: "usize" },
} as const satisfies Deno.ForeignLibraryInterface;

/** What is known of a file without opening it. */
export interface ReadStatus {
  /** Type and permission bits as in `st_mode`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
}

/** An entry of a directory. */
export interface ReadEntry extends ReadStatus {
  readonly name: string;
  /** Where it leads, of a link. */
  readonly target: string | undefined;
}

/** Bytes of the longest path, with its end, and of a piece of a directory. */
const [PATH_SIZE, LIST_SIZE] = [4096, 64 * 1024];
const [PATH_SIZE_OF_C, LIST_SIZE_OF_C] = [BigInt(PATH_SIZE), BigInt(LIST_SIZE)];

/** What `struct linux_dirent64` has before the name: inode and offset of 8 bytes, u16 length of the record, u8 type. */
const NAME_OFFSET = 19;

/**
 * Reads files by the hundred thousand: each call is one call of C, where Deno's own functions ask the kernel ten times for
 * each whether a path leads where they may look, and `libc()` copies all arguments. Links are never followed.
 */
export class FileReader implements Disposable {
  readonly #symbols = openLibrary("libc.so.6", SYMBOLS);
  readonly #numbers = numbersOf(Deno.build.arch === "aarch64" ? 1 : 0);
  readonly #errno = this.#symbols.__errno_location();
  readonly #path = new Uint8Array(PATH_SIZE);
  readonly #status = new Uint8Array(STATX_LAYOUT.size);
  readonly #statusView = new DataView(this.#status.buffer);
  readonly #list = new Uint8Array(LIST_SIZE);
  readonly #names = new Uint8Array(LIST_SIZE);
  readonly #target = new Uint8Array(PATH_SIZE);
  /** The directory that was listed last: its files are mostly the next ones, and need no way from the root to be found. */
  #directory: { readonly path: string; readonly descriptor: number } | undefined;

  /** @throws {SystemCallError} */
  status(path: string): ReadStatus {
    this.#put("statx", path);
    this.#check("statx", this.#statx(AT_FDCWD, this.#path));
    return this.#lastStatus();
  }

  #statx(directory: number, name: Uint8Array<ArrayBuffer>): number {
    const { statx } = this.#numbers;
    return this.#symbols.statx(statx, directory, name, AT.SYMLINK_NOFOLLOW, STATX.BASIC_STATS, this.#status);
  }

  #lastStatus(): ReadStatus {
    const view = this.#statusView;
    const { fileSize } = STATX_DETAILS_LAYOUT;
    return {
      mode: view.getUint16(STATX_LAYOUT.mode, true),
      uid: view.getUint32(STATX_LAYOUT.uid, true),
      gid: view.getUint32(STATX_LAYOUT.gid, true),
      size: view.getUint32(fileSize, true) + view.getUint32(fileSize + 4, true) * 2 ** 32,
    };
  }

  /** What is in a directory, in the kernel's order, without `.` and `..`. @throws {SystemCallError} */
  list(path: string): ReadEntry[] {
    this[Symbol.dispose]();
    const descriptor = this.#open(AT_FDCWD, path, READING_FLAGS | O.DIRECTORY);
    this.#directory = { path, descriptor };
    const entries: ReadEntry[] = [];
    for (;;) {
      const filled = this.#symbols.getdents64(this.#numbers.getdents64, descriptor, this.#list, LIST_SIZE_OF_C);
      if (this.#check("getdents64", filled) === 0) return entries;
      this.#collect(descriptor, filled, entries);
    }
  }

  #collect(descriptor: number, filled: number, entries: ReadEntry[]): void {
    const [list, joined] = [this.#list, this.#names];
    const places: { readonly start: number; readonly end: number }[] = [];
    let size = 0;
    for (let at = 0; at < filled;) {
      const length = list[at + 16]! | list[at + 17]! << 8;
      if (length === 0) throw new SystemCallError("getdents64", "EIO");
      const start = at + NAME_OFFSET;
      let end = start;
      for (; list[end] !== 0; end++) joined[size + end - start] = list[end]!;
      at += length;
      if (list[start] === DOT && (end === start + 1 || end === start + 2 && list[start + 1] === DOT)) continue;
      size += end - start;
      joined[size++] = SLASH;
      places.push({ start, end });
    }
    // One call for all names, which have no slashes, costs as much as one for each.
    const names = namesIn(joined.subarray(0, size));
    for (const [index, { start, end }] of places.entries()) {
      const name = names?.[index] ?? decodeName(list.subarray(start, end));
      // The kernel's own text of the name, with its end, is what it is asked about.
      const entry = this.#entryOf(descriptor, name, list.subarray(start, end + 1));
      if (entry !== undefined) entries.push(entry);
    }
  }

  #entryOf(directory: number, name: string, text: Uint8Array<ArrayBuffer>): ReadEntry | undefined {
    const result = this.#statx(directory, text);
    if (result < 0) {
      const error = this.#error("statx");
      if (error.errno === "ENOENT") return undefined; // gone in the meantime
      throw error;
    }
    const { mode, uid, gid, size } = this.#lastStatus();
    const target = (mode & S.IFMT) === S.IFLNK ? this.#linkTarget(directory, text) : undefined;
    return { name, mode, uid, gid, size, target };
  }

  /**
   * Bytes of a file from `offset` on; fewer where it ends before.
   *
   * @param room memory that they are put into, if it is large enough
   * @throws {SystemCallError} `ELOOP` for a link
   */
  read(path: string, offset: number, length: number, room?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const bytes = room === undefined || length > room.length ? new Uint8Array(length) : room.subarray(0, length);
    if (length === 0) return bytes;
    const [directory, name] = this.#placeOf(path);
    const descriptor = this.#open(directory, name, READING_FLAGS);
    try {
      for (let filled = 0;;) {
        const rest = filled === 0 ? bytes : bytes.subarray(filled);
        const [size, from] = [BigInt(rest.length), BigInt(offset + filled)];
        const count = this.#symbols.pread64(this.#numbers.pread64, descriptor, rest, size, from);
        filled += this.#check("pread64", count);
        if (filled === length) return bytes;
        if (count === 0) return bytes.subarray(0, filled);
      }
    } finally {
      this.#symbols.close(this.#numbers.close, descriptor);
    }
  }

  /** Where a link leads. @throws {SystemCallError} */
  readLink(path: string): string {
    this.#put("readlinkat", path);
    return this.#linkTarget(AT_FDCWD, this.#path);
  }

  /** Whether a file has extended attributes. @throws {SystemCallError} */
  hasAttributes(path: string): boolean {
    this.#put("llistxattr", path);
    const { llistxattr } = this.#numbers;
    return this.#check("llistxattr", this.#symbols.llistxattr(llistxattr, this.#path, 0n, 0n)) > 0;
  }

  #linkTarget(directory: number, name: Uint8Array<ArrayBuffer>): string {
    const { readlinkat } = this.#numbers;
    const count = this.#symbols.readlinkat(readlinkat, directory, name, this.#target, PATH_SIZE_OF_C);
    return decodeName(this.#target.subarray(0, this.#check("readlinkat", count)));
  }

  #placeOf(path: string): [directory: number, name: string] {
    const listed = this.#directory;
    if (listed === undefined || path.lastIndexOf("/") !== listed.path.length || !path.startsWith(listed.path)) {
      return [AT_FDCWD, path];
    }
    return [listed.descriptor, path.slice(listed.path.length + 1)];
  }

  #open(directory: number, name: string, flags: number): number {
    this.#put("openat", name);
    return this.#check("openat", this.#symbols.openat(this.#numbers.openat, directory, this.#path, flags));
  }

  #put(call: keyof typeof READING_CALLS, path: string): void {
    if (path.length >= PATH_SIZE || !putAscii(path, this.#path)) this.#putEncoded(call, path);
  }

  #putEncoded(call: keyof typeof READING_CALLS, path: string): void {
    const bytes = path.isWellFormed() ? encoder.encode(path) : encodeName(path);
    // What C would take for the end of the path.
    if (bytes === undefined || path.includes("\0")) throw new SystemCallError(call, "EINVAL");
    if (bytes.length >= PATH_SIZE) throw new SystemCallError(call, "ENAMETOOLONG");
    this.#path.set(bytes);
    this.#path[bytes.length] = 0;
  }

  #check(call: keyof typeof READING_CALLS, result: number): number {
    if (result >= 0) return result;
    throw this.#error(call);
  }

  /** Why the last call has failed: nothing may come between it and this. */
  #error(call: keyof typeof READING_CALLS): SystemCallError {
    this.#symbols.memcpy(this.#status, this.#errno, 4n);
    return new SystemCallError(call, errnoName(this.#statusView.getInt32(0, true)));
  }

  /** Nothing is open then, until something is listed again. */
  [Symbol.dispose](): void {
    if (this.#directory !== undefined) this.#symbols.close(this.#numbers.close, this.#directory.descriptor);
    this.#directory = undefined;
  }
}

/** Writes a text with its end, if it is nothing but ASCII without NUL, as most are. @returns whether it is */
function putAscii(text: string, room: Uint8Array): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0 || code > 0x7f) return false;
    room[at] = code;
  }
  room[text.length] = 0;
  return true;
}

type Numbers = Record<keyof typeof READING_CALLS, number>;

function numbersOf(column: 0 | 1): Numbers {
  return Object.fromEntries(Object.entries(READING_CALLS).map(([name, row]) => [name, row[column]])) as Numbers;
}

const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const [DOT, SLASH] = [0x2e, 0x2f];

/** Names with a slash after each; undefined where one of them is no UTF-8. */
function namesIn(bytes: Uint8Array<ArrayBuffer>): string[] | undefined {
  try {
    return strict.decode(bytes).split("/");
  } catch {
    return undefined;
  }
}
