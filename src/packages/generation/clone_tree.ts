import { O, S } from "../../../ffi/libc/constants.ts";
import { type FileDetails, isDirectory, isRegularFile } from "../../../ffi/libc/file_status.ts";
import { isErrno } from "../../../ffi/libc/system_call_error.ts";
import { RedpakError } from "../../core/error.ts";
import { ioError } from "../../store/io_error.ts";
import { STATUS_FILE } from "../../store/node_files.ts";
import { copyAttributes, readExtended } from "./copy_attributes.ts";
import { copyFile } from "./copy_file.ts";
import type { Directory } from "./directory.ts";

export interface CloneOptions {
  /**
   * Whether a file, by its path in the tree, may be written to in place, and so must not be the same file in both; for a
   * directory, whether its files are.
   */
  readonly isWritten: (path: string) => boolean;
  /** Whether every file becomes one of its own, for it is not known who writes to which; `false` when absent. */
  readonly copies?: boolean;
  /** What the tree is called in messages. */
  readonly label: string;
}

/** How files were cloned. */
export interface Clone {
  /** Files of their own that share blocks with the original. */
  readonly shared: number;
  /** Files of their own. */
  readonly copied: number;
  /** Names of the very same file. */
  readonly linked: number;
  /**
   * When each directory was changed last, by its path in the tree: who adds or removes a file changes that. Without those
   * in which files are written in place.
   */
  readonly directories: ReadonlyMap<string, string>;
}

const ANY_EXECUTE = 0o111;

/**
 * Makes a second tree of everything in a directory: directories of its own; files that share their blocks where the file
 * system can (FICLONE), and are the very same files, by a second name, where it cannot. INVARIANT: whoever changes the
 * second tree replaces files, and never writes to one, nor changes its owner or mode. Those for which that cannot be
 * promised are copied: what `isWritten` says, and programs with privileges, for a package manager takes these away from the
 * file itself when it removes one.
 *
 * @param to an empty directory
 * @throws {RedpakError} `E_NO_SPACE`, `E_NOT_PERMITTED`, …; `E_MOUNTED`, `E_NODE_INSIDE`, where something in it is not of it
 */
export function cloneTree(from: Directory, to: Directory, options: CloneOptions): Clone {
  const clone = new TreeClone(from, to, options);
  clone.run();
  return clone;
}

class TreeClone implements Clone {
  shared = 0;
  copied = 0;
  linked = 0;
  readonly directories = new Map<string, string>();
  /** Of files with several names, by inode: those that they have got in the new tree, and whether it is another file. */
  readonly #names = new Map<bigint, { readonly paths: string[]; readonly isOwn: boolean }>();
  readonly #device: string;
  /** Until the file system has shown that it cannot. */
  #sharesBlocks = true;

  constructor(readonly from: Directory, readonly to: Directory, readonly options: CloneOptions) {
    this.#device = from.ownDetails().device;
  }

  run(): void {
    this.#cloneDirectory(this.from, this.to, "");
  }

  #cloneDirectory(from: Directory, to: Directory, path: string): void {
    const details = this.#attempt(path, () => {
      const before = from.ownDetails();
      for (const name of from.list()) this.#cloneEntry(from, to, name, path === "" ? name : `${path}/${name}`);
      copyAttributes(from.kernel, from.number, before, to.number);
      return before;
    });
    if (!this.options.isWritten(path)) this.directories.set(path, momentOf(details));
  }

  #cloneEntry(from: Directory, to: Directory, name: string, path: string): void {
    this.#attempt(path, () => {
      if (name === STATUS_FILE) throw this.#refusal(path, "E_NODE_INSIDE", "it makes the directory a node of its own");
      const details = from.details(name);
      if (details.device !== this.#device || details.isMounted) {
        throw this.#refusal(path, "E_MOUNTED", "another file system is mounted there");
      }
      if (isDirectory(details)) {
        using original = from.open(name);
        using made = to.make(name);
        this.#cloneDirectory(original, made, path);
      } else if (isRegularFile(details)) {
        this.#cloneFile(from, to, name, path, details);
      } else {
        // Neither links nor devices, FIFOs and sockets have a content that somebody could write to in place.
        from.link(name, to, name);
        this.linked++;
      }
    });
  }

  #cloneFile(from: Directory, to: Directory, name: string, path: string, details: FileDetails): void {
    const mustCopy = this.options.isWritten(path) || hasPrivileges(from, name, details);
    const names = details.links > 1 ? this.#names.get(details.inode) : undefined;
    if (names !== undefined && (names.isOwn || !mustCopy)) {
      to.kernel.linkat(this.to.number, names.paths[0]!, to.number, name, 0);
      names.paths.push(path);
      return;
    }
    const wantsCopy = this.options.copies === true || this.#sharesBlocks;
    const isOwn = (mustCopy || wantsCopy) && this.#copy(from, to, name, details, mustCopy) ||
      this.#link(from, to, name, details);
    if (details.links === 1) return;
    // One of the names is that of a file that is written in place: all of them are.
    for (const other of names?.paths ?? []) {
      to.kernel.unlinkat(this.to.number, other, 0);
      to.kernel.linkat(to.number, name, this.to.number, other, 0);
    }
    this.#names.set(details.inode, { paths: [path, ...names?.paths ?? []], isOwn });
  }

  /** @returns whether there is a file of its own now */
  #copy(from: Directory, to: Directory, name: string, details: FileDetails, must: boolean): boolean {
    try {
      const onlyShared = !must && this.options.copies !== true;
      if (copyFile({ directory: from, name, details }, to, name, { onlyShared })) this.shared++;
      else if (!onlyShared) this.copied++;
      else return this.#sharesBlocks = false;
      return true;
    } catch (error) {
      // An owner or attribute that only root can give: the very file has it.
      if (!must && isErrno(error, "EPERM", "EACCES")) return false;
      throw error;
    }
  }

  /** @returns whether there is a file of its own now */
  #link(from: Directory, to: Directory, name: string, details: FileDetails): boolean {
    try {
      from.link(name, to, name);
      this.linked++;
      return false;
    } catch (error) {
      // No more names, or a file that must not get any: immutable, or somebody else's (fs.protected_hardlinks).
      if (!isErrno(error, "EMLINK", "EPERM")) throw error;
      return this.#copy(from, to, name, details, true);
    }
  }

  #attempt<T>(path: string, step: () => T): T {
    try {
      return step();
    } catch (error) {
      throw ioError("clone", this.#label(path), error);
    }
  }

  #refusal(path: string, code: string, reason: string): RedpakError {
    return new RedpakError({ code, message: `Cannot clone "${this.#label(path)}": ${reason}` });
  }

  #label(path: string): string {
    return path === "" ? this.options.label : `${this.options.label}/${path}`;
  }
}

/** Set-user-ID and set-group-ID bits, or file capabilities, which only programs have. */
export function hasPrivileges(directory: Directory, name: string, { mode }: FileDetails): boolean {
  if ((mode & (S.ISUID | S.ISGID)) !== 0) return true;
  if ((mode & ANY_EXECUTE) === 0) return false;
  try {
    using file = directory.openFile(name, O.RDONLY);
    return readExtended(directory.kernel, file.number, "security.capability") !== undefined;
  } catch (error) {
    // What cannot even be read was not given capabilities by who works here.
    if (isErrno(error, "EACCES")) return false;
    throw error;
  }
}

/** When something was changed, as a text to compare. */
export function momentOf({ changed }: FileDetails): string {
  return `${changed.seconds}.${changed.nanoseconds}`;
}
