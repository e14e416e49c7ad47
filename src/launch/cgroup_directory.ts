import { AT, LOCK, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { subdirectories } from "../host/read_directory.ts";
import { writeAll } from "../host/write_all.ts";

/** The group is gone: the last launch in it has ended, and has removed it. */
export class GroupGone extends Error {}

/** An open directory of the cgroup file system. */
export class CgroupDirectory implements Disposable {
  constructor(private readonly kernel: Kernel, readonly descriptor: Descriptor) {}

  static open(kernel: Kernel, directory: number, path: string): CgroupDirectory {
    const flags = O.RDONLY | O.DIRECTORY | O.NOFOLLOW | O.CLOEXEC;
    return new CgroupDirectory(kernel, new Descriptor(kernel, kernel.openat(directory, path, flags, 0)));
  }

  /** Makes a group in this one; false where there is one of this name. */
  make(name: string): boolean {
    try {
      this.kernel.mkdirat(this.descriptor.number, name, 0o755);
      return true;
    } catch (error) {
      if (isErrno(error, "EEXIST")) return false;
      throw asGone(error);
    }
  }

  open(name: string): CgroupDirectory {
    try {
      return CgroupDirectory.open(this.kernel, this.descriptor.number, name);
    } catch (error) {
      throw asGone(error);
    }
  }

  /** Removes a group in this one, if there is nothing in it. */
  remove(name: string): boolean {
    try {
      this.kernel.unlinkat(this.descriptor.number, name, AT.REMOVEDIR);
      return true;
    } catch (error) {
      if (isErrno(error, "EBUSY", "ENOTEMPTY", "ENOENT", "ENODEV", "EACCES", "EPERM", "EROFS")) return false;
      throw error;
    }
  }

  /** Claims the group until the descriptor and its copies are closed; false where somebody else has. */
  lock(): boolean {
    try {
      this.kernel.flock(this.descriptor.number, LOCK.EX | LOCK.NB);
      return true;
    } catch (error) {
      if (isErrno(error, "EAGAIN")) return false;
      throw error;
    }
  }

  /** Content of a file without the line break at its end; undefined where there is none of this name. */
  read(name: string): string | undefined {
    using file = this.#file(name, O.RDONLY);
    if (file === undefined) return undefined;
    const buffer = new Uint8Array(16 * 1024);
    try {
      return new TextDecoder().decode(buffer.subarray(0, this.kernel.read(file.number, buffer, buffer.length)))
        .trimEnd();
    } catch (error) {
      throw asGone(error);
    }
  }

  /** Words of a file such as `cgroup.controllers`. */
  words(name: string): readonly string[] {
    return (this.read(name) ?? "").split(/\s+/).filter((word) => word !== "");
  }

  /** In one write(2), as the kernel wants it; false where there is no such file. */
  write(name: string, value: string): boolean {
    using file = this.#file(name, O.WRONLY);
    if (file === undefined) return false;
    try {
      writeAll(this.kernel, file.number, new TextEncoder().encode(`${value}\n`));
      return true;
    } catch (error) {
      // ENODEV also is the answer to a device that does not exist.
      throw name.startsWith("io.") ? error : asGone(error);
    }
  }

  subgroups(): string[] {
    return subdirectories(this.kernel, this.descriptor.number);
  }

  #file(name: string, flags: number): Descriptor | undefined {
    try {
      const file = this.kernel.openat(this.descriptor.number, name, flags | O.NOFOLLOW | O.CLOEXEC, 0);
      return new Descriptor(this.kernel, file);
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw asGone(error);
      // Every group has this one.
      if (name === PROCESSES) throw new GroupGone();
      this.#file(PROCESSES, O.RDONLY)?.[Symbol.dispose]();
      return undefined;
    }
  }

  [Symbol.dispose](): void {
    this.descriptor[Symbol.dispose]();
  }
}

const PROCESSES = "cgroup.procs";

function asGone(error: unknown): unknown {
  return isErrno(error, "ENOENT", "ENODEV") ? new GroupGone() : error;
}
