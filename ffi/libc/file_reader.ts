import { openLibrary } from "../shared_library.ts";
import { AT, AT_FDCWD, O, STATX } from "./constants.ts";
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

/** Bytes of the longest path, with its end, and of a piece of a directory. */
const [PATH_SIZE, LIST_SIZE] = [4096, 64 * 1024];

/**
 * Reads files by the hundred thousand: each call is one call of C, where Deno's own functions ask the kernel ten times for
 * each whether a path leads where they may look, and `libc()` copies all arguments. Links are never followed.
 */
export class FileReader {
  readonly #symbols = openLibrary("libc.so.6", SYMBOLS);
  readonly #numbers = numbersOf(Deno.build.arch === "aarch64" ? 1 : 0);
  readonly #errno = this.#symbols.__errno_location();
  readonly #path = new Uint8Array(PATH_SIZE);
  readonly #status = new Uint8Array(STATX_LAYOUT.size);
  readonly #statusView = new DataView(this.#status.buffer);
  readonly #list = new Uint8Array(LIST_SIZE);
  readonly #listView = new DataView(this.#list.buffer);

  /** @throws {SystemCallError} */
  status(path: string): ReadStatus {
    const mask = STATX.BASIC_STATS;
    const flags = AT.SYMLINK_NOFOLLOW;
    this.#put("statx", path);
    this.#check("statx", this.#symbols.statx(this.#numbers.statx, AT_FDCWD, this.#path, flags, mask, this.#status));
    const view = this.#statusView;
    return {
      mode: view.getUint16(STATX_LAYOUT.mode, true),
      uid: view.getUint32(STATX_LAYOUT.uid, true),
      gid: view.getUint32(STATX_LAYOUT.gid, true),
      size: Number(view.getBigUint64(STATX_DETAILS_LAYOUT.fileSize, true)),
    };
  }

  /** Names in a directory, in the kernel's order, without `.` and `..`. @throws {SystemCallError} */
  list(path: string): string[] {
    return this.#opened(path, READING_FLAGS | O.DIRECTORY, (descriptor) => {
      const names: string[] = [];
      const size = BigInt(LIST_SIZE);
      for (;;) {
        const filled = this.#symbols.getdents64(this.#numbers.getdents64, descriptor, this.#list, size);
        if (this.#check("getdents64", filled) === 0) return names;
        this.#collect(filled, names);
      }
    });
  }

  /** `struct linux_dirent64`: inode and offset of 8 bytes, u16 length of the record, u8 type, the name with a NUL. */
  #collect(filled: number, names: string[]): void {
    const list = this.#list;
    for (let at = 0; at < filled;) {
      const length = this.#listView.getUint16(at + 16, true);
      if (length === 0) throw new SystemCallError("getdents64", "EIO");
      const start = at + 19;
      const bytes = list.subarray(start, list.indexOf(0, start));
      at += length;
      const text = decoder.decode(bytes);
      const name = text.includes("\ufffd") ? decodeName(bytes) : text;
      if (name !== "." && name !== "..") names.push(name);
    }
  }

  /** Bytes of a file from `offset` on; fewer where it ends before. @throws {SystemCallError} `ELOOP` for a link */
  read(path: string, offset: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    if (length === 0) return bytes;
    return this.#opened(path, READING_FLAGS, (descriptor) => {
      for (let filled = 0;;) {
        const rest = filled === 0 ? bytes : bytes.subarray(filled);
        const [size, from] = [BigInt(rest.length), BigInt(offset + filled)];
        const count = this.#symbols.pread64(this.#numbers.pread64, descriptor, rest, size, from);
        filled += this.#check("pread64", count);
        if (filled === length) return bytes;
        if (count === 0) return bytes.subarray(0, filled);
      }
    });
  }

  /** Where a link leads. @throws {SystemCallError} */
  readLink(path: string): string {
    const target = new Uint8Array(PATH_SIZE);
    const { readlinkat } = this.#numbers;
    this.#put("readlinkat", path);
    const count = this.#symbols.readlinkat(readlinkat, AT_FDCWD, this.#path, target, BigInt(PATH_SIZE));
    return decodeName(target.subarray(0, this.#check("readlinkat", count)));
  }

  #opened<T>(path: string, flags: number, use: (descriptor: number) => T): T {
    this.#put("openat", path);
    const descriptor = this.#symbols.openat(this.#numbers.openat, AT_FDCWD, this.#path, flags);
    this.#check("openat", descriptor);
    try {
      return use(descriptor);
    } finally {
      this.#symbols.close(this.#numbers.close, descriptor);
    }
  }

  #put(call: keyof typeof READING_CALLS, path: string): void {
    const room = this.#path.subarray(0, PATH_SIZE - 1);
    let size: number;
    if (path.isWellFormed()) {
      const { read, written } = encoder.encodeInto(path, room);
      if (read < path.length) throw new SystemCallError(call, "ENAMETOOLONG");
      size = written;
    } else {
      const bytes = encodeName(path);
      if (bytes === undefined) throw new SystemCallError(call, "EINVAL");
      if (bytes.length > room.length) throw new SystemCallError(call, "ENAMETOOLONG");
      room.set(bytes);
      size = bytes.length;
    }
    this.#path[size] = 0;
    // What C would take for the end of the path.
    if (path.includes("\0")) throw new SystemCallError(call, "EINVAL");
  }

  #check(call: keyof typeof READING_CALLS, result: number): number {
    if (result >= 0) return result;
    // Nothing may come between the call and this.
    this.#symbols.memcpy(this.#status, this.#errno, 4n);
    throw new SystemCallError(call, errnoName(this.#statusView.getInt32(0, true)));
  }
}

type Numbers = Record<keyof typeof READING_CALLS, number>;

function numbersOf(column: 0 | 1): Numbers {
  return Object.fromEntries(Object.entries(READING_CALLS).map(([name, row]) => [name, row[column]])) as Numbers;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
