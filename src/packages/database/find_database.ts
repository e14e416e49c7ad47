import { AT_FDCWD, O } from "../../../ffi/libc/constants.ts";
import { Descriptor } from "../../../ffi/libc/descriptor.ts";
import { fileStatus, isRegularFile } from "../../../ffi/libc/file_status.ts";
import { libc } from "../../../ffi/libc/libc.ts";
import { isErrno } from "../../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../../ffi/libc/system_calls.ts";
import type { Backend } from "../../../ffi/librpm/rpm_database.ts";
import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { resolveInImage } from "../../core/image.ts";
import { DirectoryImage } from "../../store/directory_image.ts";

/**
 * Where a node's RPM database can be, the first that holds one counts: with the programs, so that both change together,
 * or where redpak 2.5 has it.
 */
const PLACES = ["usr/lib/sysimage/rpm", "var/lib/rpm"] as const;

/** What the main file of each kind of database is called. */
const FILES: readonly (readonly [name: string, backend: Backend])[] = [
  ["rpmdb.sqlite", "sqlite"],
  ["Packages.db", "ndb"],
  ["Packages", "bdb"],
];

/** The directory of a database, open; no rename and no symbolic link can put another one in its place. */
export class FoundDatabase implements Disposable {
  /** @param path its directory, for people */
  constructor(readonly path: string, readonly backend: Backend, private readonly directory: Descriptor) {}

  /** A path that leads to the open directory. */
  get openPath(): string {
    return `/proc/self/fd/${this.directory.number}`;
  }

  [Symbol.dispose](): void {
    this.directory[Symbol.dispose]();
  }
}

/**
 * The RPM database of a node.
 *
 * @param node its directory, without symbolic links
 * @returns undefined where the node has none
 * @throws {RedpakError} `E_DATABASE_UNSAFE`, `E_NOT_PERMITTED`
 */
export function findDatabase(node: string): FoundDatabase | undefined {
  for (const place of PLACES) {
    const found = openDatabase(node, place);
    if (found !== undefined) return found;
  }
}

/** The database in a directory that is trusted. */
export function findDatabaseIn(directory: string): FoundDatabase | undefined {
  return openDatabase(directory, "");
}

/**
 * The RPM database of a machine, or of an image of one: all of it belongs to who owns the machine, so that links count.
 *
 * @param root the directory that is `/` on the machine, without symbolic links
 * @returns undefined where it has none
 * @throws {RedpakError} `E_DATABASE_UNSAFE`, `E_NOT_PERMITTED`
 */
export function findHostDatabase(root: string): FoundDatabase | undefined {
  const image = new DirectoryImage(root);
  for (const place of PLACES) {
    const directory = resolveInImage(image, `/${place}`);
    const found = directory?.entry.kind === "directory" ? findDatabaseIn(image.pathOf(directory.path)) : undefined;
    if (found !== undefined) return found;
  }
}

function openDatabase(root: string, place: string): FoundDatabase | undefined {
  const kernel = libc();
  const path = place === "" ? root : `${root}/${place}`;
  try {
    using opened = new DisposableStack();
    const directory = walk(kernel, root, place);
    if (directory === undefined) return undefined;
    opened.use(directory);
    const [kind, ...others] = FILES.filter(([name]) => holds(kernel, directory, name, path));
    if (kind === undefined) return undefined;
    if (others.length > 0) {
      const names = [kind, ...others].map(([name]) => name).join(" and ");
      throw unsafe(path, `there are databases of several kinds, ${names}`, "remove those that are not in use");
    }
    opened.move();
    return new FoundDatabase(path, kind[1], directory);
  } catch (error) {
    if (isErrno(error, "EACCES", "EPERM")) {
      throw new RedpakError({
        code: "E_NOT_PERMITTED",
        exit: EXIT.notPermitted,
        message: `Cannot open the RPM database "${path}": permission denied (${error.errno})`,
        errno: error.errno,
        cause: error,
      });
    }
    throw error;
  }
}

/** Opens a directory, component by component: below the root there may be no symbolic link. */
function walk(kernel: Kernel, root: string, place: string): Descriptor | undefined {
  const flags = O.PATH | O.DIRECTORY | O.CLOEXEC;
  try {
    let directory = new Descriptor(kernel, kernel.openat(AT_FDCWD, root, flags, 0));
    for (const name of place.split("/").filter(Boolean)) {
      using above = directory;
      directory = new Descriptor(kernel, kernel.openat(above.number, name, flags | O.NOFOLLOW, 0));
    }
    return directory;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    if (isErrno(error, "ENOTDIR")) {
      throw unsafe(`${root}/${place}`, "a symbolic link or a file stands in the place of one of its directories");
    }
    throw error;
  }
}

function holds(kernel: Kernel, directory: Descriptor, name: string, path: string): boolean {
  try {
    const flags = O.PATH | O.NOFOLLOW | O.CLOEXEC;
    using file = new Descriptor(kernel, kernel.openat(directory.number, name, flags, 0));
    if (isRegularFile(fileStatus(kernel, file.number))) return true;
    throw unsafe(`${path}/${name}`, "it is not a regular file");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
}

function unsafe(path: string, reason: string, ...hints: readonly string[]): RedpakError {
  return new RedpakError({
    code: "E_DATABASE_UNSAFE",
    message: `Cannot open the RPM database "${path}": ${reason}`,
    hints,
  });
}
