import { AT, O, RESOLVE } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { fileStatus, fileSystemStatus } from "../../ffi/libc/file_status.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import { OPEN_HOW_SIZE } from "../../ffi/libc/system_calls.ts";
import { baseName, parentPath } from "../core/path.ts";
import { type Link, readLink, walk } from "../host/walk.ts";
import type { Host } from "./host.ts";
import { type Attempt, refuse } from "./launch_error.ts";
import type { Place } from "./mounter.ts";
import { makeDirectory } from "./make_directory.ts";

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

  /** @param owner of the directories and files that are made for destinations */
  constructor(private readonly host: Host, readonly directory: Descriptor, private readonly owner: Owner) {
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
            this.make(parent, name, last ? missing : "directory", attempt);
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

  /** Makes an entry that does not exist. What gets the node's owner is certainly the new one, whoever else writes there. */
  make(parent: number, name: string, kind: "directory" | "file", attempt: Attempt): void {
    const { kernel } = this.host;
    const { uid, gid } = this.owner;
    if (kind === "directory") {
      makeDirectory(kernel, parent, name, { mode: 0o755, uid, gid }, attempt);
      return;
    }
    const flags = O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW | O.CLOEXEC;
    try {
      using file = new Descriptor(kernel, kernel.openat(parent, name, flags, 0o444));
      kernel.fchownat(file.number, "", uid, gid, AT.EMPTY_PATH);
    } catch (error) {
      if (!isErrno(error, "EEXIST")) throw error;
    }
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
