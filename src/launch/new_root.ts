import { AT, O, RESOLVE } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { fileStatus, fileSystemStatus } from "../../ffi/libc/file_status.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import { OPEN_HOW_SIZE } from "../../ffi/libc/system_calls.ts";
import { baseName, parentPath } from "../core/path.ts";
import type { Host } from "./host.ts";
import { type Attempt, refuse } from "./launch_error.ts";
import type { Place } from "./mounter.ts";
import { type Link, readLink, walk } from "./walk.ts";

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What a missing last component of a destination becomes. */
export type Missing = "directory" | "file" | "nothing";

/**
 * The node's root while it is being built. Destinations are resolved inside it and cannot leave it: below a file system
 * that somebody else may write to, no link is followed at all.
 */
export class NewRoot {
  /** Devices of the file systems made for this node: until it runs, nobody else can change them. */
  readonly #own = new Set<string>();
  /** What the launcher makes belongs to the owner as it is. */
  readonly #isLauncher: boolean;

  /** @param owner of the directories and files that are made for destinations */
  constructor(private readonly host: Host, readonly directory: Descriptor, private readonly owner: Owner) {
    this.#isLauncher = owner.uid === host.kernel.geteuid() && owner.gid === host.kernel.getegid();
    this.addOwn(directory);
  }

  /** From here on, links of this file system are followed. */
  addOwn(mount: Descriptor): void {
    this.#own.add(fileStatus(this.host.kernel, mount.number).device);
  }

  isOwn(descriptor: Descriptor): boolean {
    return this.#own.has(fileStatus(this.host.kernel, descriptor.number).device);
  }

  /** The place of a destination; missing directories on the way are made. */
  place(destination: string, missing: Missing, attempt: Attempt): Place {
    const open = () => this.open(destination, missing, attempt);
    return { descriptor: open(), reopen: open };
  }

  /** The directory that holds a destination, made where it is missing, and the destination's name in it. */
  parent(destination: string, attempt: Attempt): { readonly parent: Descriptor; readonly name: string } {
    return { parent: this.open(parentPath(destination), "directory", attempt), name: baseName(destination) };
  }

  /** Opens a destination (O_PATH), with what is mounted on it; `nothing` missing is made with "nothing". */
  open(destination: string, missing: Missing, attempt: Attempt): Descriptor {
    return this.#openAtOnce(destination) ?? this.#walk(destination, missing, attempt);
  }

  /** The common case, where everything exists and no link is on the way, in one call. */
  #openAtOnce(destination: string): Descriptor | undefined {
    const { kernel, features } = this.host;
    if (!features.openat2) return undefined;
    const resolve = RESOLVE.BENEATH | RESOLVE.NO_SYMLINKS | RESOLVE.NO_MAGICLINKS;
    // INVARIANT: no O_NOFOLLOW, which would open a link at the end of the path instead of refusing it.
    const how = { flags: O.PATH | O.CLOEXEC, mode: 0, resolve };
    try {
      const fd = kernel.openat2(this.directory.number, "." + destination, how, OPEN_HOW_SIZE);
      return new Descriptor(kernel, fd);
    } catch (error) {
      // EAGAIN: the tree changed meanwhile. Others are found again by the walk, which can tell where.
      if (isErrno(error, "ENOENT", "ELOOP", "ENOTDIR", "EAGAIN")) return undefined;
      throw error;
    }
  }

  #walk(destination: string, missing: Missing, attempt: Attempt): Descriptor {
    const { kernel } = this.host;
    return walk(kernel, this.directory.number, destination, {
      follow: (link) => this.#follow(link, attempt),
      ...(missing === "nothing" ? {} : {
        create: (parent: number, name: string, last: boolean) => {
          try {
            this.make(parent, name, last ? missing : "directory");
          } catch (error) {
            throw isErrno(error, "EROFS") ? readOnly(name, destination, attempt) : error;
          }
        },
      }),
    });
  }

  #follow(link: Link, attempt: Attempt): void {
    const { kernel } = this.host;
    if (this.#own.has(link.status.device) || fileSystemStatus(kernel, link.descriptor).readOnly) return;
    throw refuse(attempt, {
      code: "E_DESTINATION_SYMLINK",
      reason: `"${link.path}" is a link to "${
        readLink(kernel, link.descriptor, "")
      }" in a directory that programs can write to`,
      errno: "ELOOP",
      hints: ["use the path that the link leads to, or remove the link"],
    });
  }

  /** Makes an entry that does not exist, of the node's owner where the file system is its own. */
  make(parent: number, name: string, kind: "directory" | "file"): void {
    const { kernel } = this.host;
    try {
      if (kind === "directory") kernel.mkdirat(parent, name, 0o755);
      else {
        const flags = O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW | O.CLOEXEC;
        new Descriptor(kernel, kernel.openat(parent, name, flags, 0o444))[Symbol.dispose]();
      }
    } catch (error) {
      if (isErrno(error, "EEXIST")) return;
      throw error;
    }
    if (this.#isLauncher) return;
    // Elsewhere somebody could have replaced it meanwhile: there it stays the launcher's.
    if (!this.#own.has(fileStatus(kernel, parent).device)) return;
    using made = new Descriptor(kernel, kernel.openat(parent, name, O.PATH | O.NOFOLLOW | O.CLOEXEC, 0));
    kernel.fchownat(made.number, "", this.owner.uid, this.owner.gid, AT.EMPTY_PATH);
  }
}

function readOnly(name: string, destination: string, attempt: Attempt) {
  return refuse(attempt, {
    code: "E_DESTINATION_READ_ONLY",
    reason: `"${name}" of "${destination}" does not exist, and is to be made in a read-only export`,
    errno: "EROFS",
    hints: ["make it in the directory that is exported there, or add a Tmpfs or Anonymous export above it"],
  });
}
