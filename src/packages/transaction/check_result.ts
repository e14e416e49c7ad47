import { AT, AT_FDCWD, O, S } from "../../../ffi/libc/constants.ts";
import { Descriptor } from "../../../ffi/libc/descriptor.ts";
import { CAPABILITIES_ATTRIBUTE } from "../../../ffi/libc/file_capabilities.ts";
import { type FileDetails, fileDetails } from "../../../ffi/libc/file_status.ts";
import type { Kernel } from "../../../ffi/libc/system_calls.ts";
import { isErrno } from "../../../ffi/libc/system_call_error.ts";
import { RPMFILE, RPMFILE_STATE } from "../../../ffi/librpm/constants.ts";
import type { Header } from "../../../ffi/librpm/header.ts";
import type { RpmDatabase } from "../../../ffi/librpm/rpm_database.ts";
import { RedpakError } from "../../core/error.ts";
import { quote } from "../../core/quote.ts";
import { readLink, walk } from "../../host/walk.ts";
import { formatNevra, type Nevra, nevraOf } from "../database/installed_package.ts";
import { readExtended } from "../generation/copy_attributes.ts";
import { digestFile } from "./digest_file.ts";
import { DIGESTS } from "./digests.ts";
import { type PackageContent, packageContent, type PackagedFile } from "./package_content.ts";

/** Numbers of users and groups by name. */
export interface OwnerIds {
  readonly users: Readonly<Record<string, number>>;
  readonly groups: Readonly<Record<string, number>>;
}

/**
 * Makes sure that librpm has done what it says: a failing disk in the middle of a package can be no error for it. Every file
 * of the packages has to be there as their headers have it, and gets its owner here: librpm looks names up in the wrong
 * place, and makes root of those that it does not find.
 */
export class ResultCheck implements Disposable {
  readonly #root: Descriptor;
  #parent: { readonly path: string; readonly directory: Descriptor } | undefined;

  /** @param root the root directory that the packages are in; nobody else changes it */
  constructor(private readonly kernel: Kernel, root: string, private readonly database: RpmDatabase) {
    this.#root = new Descriptor(kernel, kernel.openat(AT_FDCWD, root, O.PATH | O.DIRECTORY | O.CLOEXEC, 0));
  }

  /**
   * @param owners with `null` everything is the caller's
   * @throws {RedpakError} `E_INCOMPLETE`
   */
  checkInstalled(wanted: Nevra, owners: OwnerIds | null): void {
    const { content, states } = this.checkRecorded(wanted);
    content.files.forEach((file, index) => {
      if (states[index] !== RPMFILE_STATE.NORMAL || (file.flags & RPMFILE.GHOST) !== 0) return;
      this.#checkFile(content, file, owners);
    });
  }

  /** @throws {RedpakError} `E_INCOMPLETE` where the database does not have it, once */
  checkRecorded(wanted: Nevra): Recorded {
    const found = this.database.map(read, "NAME", wanted.name).filter((one) => isSame(one.content.package, wanted));
    const [installed] = found;
    if (installed !== undefined && found.length === 1) return installed;
    throw incomplete(`"${formatNevra(wanted)}" is in the database ${found.length} times`);
  }

  /**
   * @param files that its package had
   * @throws {RedpakError} `E_INCOMPLETE`
   */
  checkErased(erased: Nevra, files: readonly string[]): void {
    const names = this.database.map(nevraOf, "NAME", erased.name);
    if (names.some((one) => isSame(one, erased))) throw incomplete(`"${formatNevra(erased)}" is still in the database`);
    for (const path of files) {
      const details = this.#find(path);
      if (details === undefined || (details.mode & S.IFMT) === S.IFDIR) continue;
      if (this.database.map(nevraOf, "INSTFILENAMES", path).length === 0) {
        throw incomplete(`${quote(path)} of ${formatNevra(erased)} is still there`);
      }
    }
  }

  #checkFile(content: PackageContent, file: PackagedFile, owners: OwnerIds | null): void {
    const refuse = (what: string) => incomplete(`${quote(file.path)} of ${formatNevra(content.package)} ${what}`);
    const details = this.#find(file.path);
    const type = file.mode & S.IFMT;
    // What somebody has made of a configuration file stays, whatever that is.
    const isConfiguration = (file.flags & RPMFILE.CONFIG) !== 0;
    if (details === undefined) {
      if (isConfiguration) return;
      throw refuse("is not there");
    }
    if ((details.mode & S.IFMT) !== type) {
      // A directory of a package can be a link to one, as rpm has it.
      if (isConfiguration || type === S.IFDIR) return;
      throw refuse("is something else");
    }
    if (!this.#hasContent(content, file, details)) {
      if (isConfiguration) return;
      throw refuse("has not got its content");
    }
    if (owners !== null) this.#giveToOwner(file, details, owners);
    if (file.capabilities !== "" && type === S.IFREG && !this.#hasCapabilities(file)) {
      throw refuse("has no capabilities");
    }
    const { mode } = this.#find(file.path)!;
    if (type !== S.IFLNK && ((mode ^ file.mode) & 0o7777) !== 0 && !isConfiguration) {
      throw refuse(`has the mode ${(mode & 0o7777).toString(8)}`);
    }
  }

  #hasContent({ digestAlgorithm }: PackageContent, file: PackagedFile, details: FileDetails): boolean {
    const type = file.mode & S.IFMT;
    const { directory, name } = this.#locate(file.path);
    if (type === S.IFLNK) {
      return readLink(this.kernel, directory.number, name) === file.target;
    }
    if (type !== S.IFREG) return true;
    if (details.size !== file.size) return false;
    const algorithm = DIGESTS[digestAlgorithm];
    // A file without a digest is one that no package has nowadays: there is nothing to compare it with.
    if (file.digest === "" || algorithm === undefined) return false;
    using opened = this.#open(directory, name);
    return digestFile(this.kernel, opened.number, details.size, algorithm) === file.digest.toLowerCase();
  }

  #giveToOwner(file: PackagedFile, details: FileDetails, owners: OwnerIds): void {
    const [uid, gid] = [owners.users[file.user], owners.groups[file.group]];
    if (uid === undefined || gid === undefined) throw incomplete(`${quote(file.path)} belongs to nobody who is known`);
    if (details.uid === uid && details.gid === gid) return;
    const { directory, name } = this.#locate(file.path);
    if ((details.mode & S.IFMT) !== S.IFREG) {
      this.kernel.fchownat(directory.number, name, uid, gid, AT.SYMLINK_NOFOLLOW);
      return;
    }
    using opened = this.#open(directory, name);
    const capabilities = readExtended(this.kernel, opened.number, CAPABILITIES_ATTRIBUTE);
    this.kernel.fchownat(opened.number, "", uid, gid, AT.EMPTY_PATH);
    // chown(2) takes these away, and librpm the bits of a file that it gives to root in somebody's place.
    this.kernel.fchmod(opened.number, file.mode & 0o7777);
    if (capabilities !== undefined) {
      this.kernel.fsetxattr(opened.number, CAPABILITIES_ATTRIBUTE, capabilities, capabilities.length, 0);
    }
  }

  #hasCapabilities(file: PackagedFile): boolean {
    const { directory, name } = this.#locate(file.path);
    using opened = this.#open(directory, name);
    return readExtended(this.kernel, opened.number, CAPABILITIES_ATTRIBUTE) !== undefined;
  }

  #open(directory: Descriptor, name: string): Descriptor {
    const flags = O.RDONLY | O.NOFOLLOW | O.NONBLOCK | O.CLOEXEC;
    return new Descriptor(this.kernel, this.kernel.openat(directory.number, name, flags, 0));
  }

  #find(path: string): FileDetails | undefined {
    try {
      const { directory, name } = this.#locate(path);
      return fileDetails(this.kernel, directory.number, name);
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
      throw error;
    }
  }

  /** The directory that a path is in; links in the root directory lead where they lead for who has it as `/`. */
  #locate(path: string): { readonly directory: Descriptor; readonly name: string } {
    const end = path.lastIndexOf("/");
    const [above, name] = [path.slice(0, end), path.slice(end + 1)];
    if (this.#parent?.path !== above) {
      this.#parent?.directory[Symbol.dispose]();
      this.#parent = undefined;
      this.#parent = { path: above, directory: walk(this.kernel, this.#root.number, above, { follow: () => {} }) };
    }
    return { directory: this.#parent.directory, name };
  }

  [Symbol.dispose](): void {
    this.#parent?.directory[Symbol.dispose]();
    this.#root[Symbol.dispose]();
  }
}

interface Recorded {
  readonly content: PackageContent;
  readonly states: readonly number[];
}

function read(header: Header): Recorded {
  const content = packageContent(header);
  if (content === undefined) throw incomplete(`"${formatNevra(nevraOf(header))}" in the database is damaged`);
  return { content, states: header.numbers("FILESTATES") };
}

export const isSame = (one: Nevra, other: Nevra): boolean =>
  one.name === other.name && one.evr === other.evr && one.arch === other.arch;

function incomplete(what: string): RedpakError {
  return new RedpakError({
    code: "E_INCOMPLETE",
    message: `Cannot complete the transaction: ${what}`,
    hints: ["nothing has been changed; the disk may be failing: see the messages of the kernel"],
  });
}
