import { AT_FDCWD, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { decodeName } from "../../ffi/libc/file_name.ts";
import { type FileStatus, fileStatus, isSymlink } from "../../ffi/libc/file_status.ts";
import { isErrno, SystemCallError } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";

/** A symbolic link met on the way. */
export interface Link {
  /** The directory that holds it. */
  readonly parent: number;
  /** The link itself. */
  readonly descriptor: number;
  readonly status: FileStatus;
  /** The directories that lead to it from below the start, that one included. */
  readonly directories: readonly number[];
  /** Path from the start to the link, all links before it resolved. */
  readonly path: string;
}

export interface WalkRules {
  /** Throws unless the link may be followed. */
  readonly follow: (link: Link) => void;
  /** Makes a missing entry; without it a missing entry is ENOENT. `last`: nothing comes below it. */
  readonly create?: (parent: number, name: string, last: boolean) => void;
}

/** As many links as the kernel follows, path_resolution(7). */
const MAX_LINKS = 40;

/**
 * Opens the path below the directory `start` (O_PATH), one name at a time: no step can leave `start`, however the tree
 * changes meanwhile, because a name without a slash opened with O_NOFOLLOW is an entry of that very directory. Links are
 * followed by reading them, absolute ones from `start`. Needs no read permission on any directory, and works on every
 * kernel.
 */
export function walk(kernel: Kernel, start: number, path: string, rules: WalkRules): Descriptor {
  const opened: { readonly name: string; readonly descriptor: Descriptor }[] = [];
  const pending = components(path);
  let links = 0;
  try {
    for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
      if (name === "..") {
        opened.pop()?.descriptor[Symbol.dispose]();
        continue;
      }
      const parent = opened.at(-1)?.descriptor.number ?? start;
      const entry = openEntry(kernel, parent, name, pending.length === 0, rules);
      opened.push({ name, descriptor: entry });
      const status = fileStatus(kernel, entry.number);
      if (!isSymlink(status)) continue;
      const directories = opened.slice(0, -1).map((step) => step.descriptor.number);
      const at = "/" + opened.map((step) => step.name).join("/");
      rules.follow({ parent, descriptor: entry.number, status, directories, path: at });
      if (++links > MAX_LINKS) throw new SystemCallError("openat", "ELOOP");
      const target = readLink(kernel, entry.number, "");
      pending.unshift(...components(target));
      const keep = target.startsWith("/") ? 0 : opened.length - 1;
      for (const { descriptor } of opened.splice(keep)) descriptor[Symbol.dispose]();
    }
    const last = opened.pop()?.descriptor;
    return last ?? new Descriptor(kernel, kernel.openat(start, ".", O.PATH | O.CLOEXEC, 0));
  } finally {
    for (const { descriptor } of opened) descriptor[Symbol.dispose]();
  }
}

function openEntry(kernel: Kernel, parent: number, name: string, last: boolean, rules: WalkRules): Descriptor {
  const open = () => new Descriptor(kernel, kernel.openat(parent, name, O.PATH | O.NOFOLLOW | O.CLOEXEC, 0));
  try {
    return open();
  } catch (error) {
    if (rules.create === undefined || !isErrno(error, "ENOENT")) throw error;
    rules.create(parent, name, last);
    return open();
  }
}

function components(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

/** Target of a link; with an empty path, of the link that the descriptor stands for. */
export function readLink(kernel: Kernel, directory: number, path: string): string {
  const buffer = new Uint8Array(4096);
  const length = kernel.readlinkat(directory, path, buffer, buffer.length);
  return decodeName(buffer.subarray(0, length));
}

/** The root directory of the launcher. */
export function openRoot(kernel: Kernel): Descriptor {
  return new Descriptor(kernel, kernel.openat(AT_FDCWD, "/", O.PATH | O.DIRECTORY | O.CLOEXEC, 0));
}
