import { AT, AT_FDCWD, O } from "../../../ffi/libc/constants.ts";
import { Descriptor } from "../../../ffi/libc/descriptor.ts";
import { type FileDetails, fileDetails } from "../../../ffi/libc/file_status.ts";
import { isErrno } from "../../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../../ffi/libc/system_calls.ts";
import { listDirectory } from "../../host/list_directory.ts";
import { readLink } from "../../host/walk.ts";

const FLAGS = O.RDONLY | O.DIRECTORY | O.NOFOLLOW | O.CLOEXEC;

/**
 * An open directory. What is done with its entries is done by descriptor and single name, so that nothing leads out of it.
 * Everything throws SystemCallError.
 */
export class Directory implements Disposable {
  readonly #descriptor: Descriptor;

  private constructor(readonly kernel: Kernel, descriptor: number) {
    this.#descriptor = new Descriptor(kernel, descriptor);
  }

  /** The directory at a path of the host; the last component is no link. */
  static at(kernel: Kernel, path: string): Directory {
    return new Directory(kernel, kernel.openat(AT_FDCWD, path, FLAGS, 0));
  }

  /** The directory that a descriptor stands for, be it opened with O_PATH. */
  static of(kernel: Kernel, descriptor: number): Directory {
    return new Directory(kernel, kernel.openat(descriptor, ".", FLAGS, 0));
  }

  get number(): number {
    return this.#descriptor.number;
  }

  /** The same directory, opened once more. */
  again(): Directory {
    return new Directory(this.kernel, this.kernel.openat(this.number, ".", FLAGS, 0));
  }

  /** A directory in it. */
  open(name: string): Directory {
    return new Directory(this.kernel, this.kernel.openat(this.number, single(name), FLAGS, 0));
  }

  /** As `open`; `undefined` where there is nothing of that name. */
  find(name: string): Directory | undefined {
    return absent(() => this.open(name));
  }

  /** Makes a directory that nobody but its owner can enter. */
  make(name: string): Directory {
    this.kernel.mkdirat(this.number, single(name), 0o700);
    return this.open(name);
  }

  /** A file in it. */
  openFile(name: string, flags: number, mode = 0): Descriptor {
    // Without O_NONBLOCK the opening of a FIFO would wait for its writer.
    const all = flags | O.NOFOLLOW | O.NONBLOCK | O.CLOEXEC;
    return new Descriptor(this.kernel, this.kernel.openat(this.number, single(name), all, mode));
  }

  /** Of an entry, links not followed. */
  details(name: string): FileDetails {
    return fileDetails(this.kernel, this.number, single(name));
  }

  ownDetails(): FileDetails {
    return fileDetails(this.kernel, this.number, "");
  }

  /** As `details`; `undefined` where there is nothing of that name. */
  findDetails(name: string): FileDetails | undefined {
    return absent(() => this.details(name));
  }

  readLink(name: string): string {
    return readLink(this.kernel, this.number, single(name));
  }

  /** Names in it, sorted. */
  list(): string[] {
    // A descriptor of its own begins at the beginning.
    using again = this.again();
    return listDirectory(this.kernel, again.number).sort();
  }

  /** Gives an entry that is no directory a second name. */
  link(name: string, to: Directory, newName: string): void {
    this.kernel.linkat(this.number, single(name), to.number, single(newName), 0);
  }

  /** @param flags of renameat2(2), where the kernel has it */
  rename(name: string, to: Directory, newName: string, flags = 0): void {
    if (flags === 0) this.kernel.renameat(this.number, single(name), to.number, single(newName));
    else this.kernel.renameat2(this.number, single(name), to.number, single(newName), flags);
  }

  remove(name: string): void {
    this.kernel.unlinkat(this.number, single(name), 0);
  }

  removeDirectory(name: string): void {
    this.kernel.unlinkat(this.number, single(name), AT.REMOVEDIR);
  }

  /** Makes its entries durable. */
  sync(): void {
    this.kernel.fsync(this.number);
  }

  /** Makes everything on its file system durable. */
  syncFileSystem(): void {
    this.kernel.syncfs(this.number);
  }

  [Symbol.dispose](): void {
    this.#descriptor[Symbol.dispose]();
  }
}

/** A name is that of an entry, and no path. */
function single(name: string): string {
  if (name !== "" && name !== "." && name !== ".." && !name.includes("/")) return name;
  throw new Error(`"${name}" is not the name of an entry of a directory`);
}

/** What a step gives; `undefined` where what it is about is not there. */
export function absent<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/**
 * Opens the directory that a relative path leads to, one component after the other, no link followed. The empty path is
 * the start itself.
 */
export function openBelow(start: Directory, path: string): Directory {
  let directory = start.again();
  for (const name of path === "" ? [] : path.split("/")) {
    using parent = directory;
    directory = parent.open(name);
  }
  return directory;
}
