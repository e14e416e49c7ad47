import { AT, O } from "../../../ffi/libc/constants.ts";
import { fileDetails, isRegularFile } from "../../../ffi/libc/file_status.ts";
import { formatNevra } from "../database/installed_package.ts";
import { absent, type Directory, openBelow } from "../generation/directory.ts";
import { readFile } from "../generation/durable_file.ts";
import { TEMPORARY_PREFIX } from "../../store/node_files.ts";
import { writeAll } from "../../host/write_all.ts";
import type { Owners } from "./owners.ts";
import type { PackageContent } from "./package_content.ts";
import { makeBelow } from "./place_database.ts";
import { type Account, addAccounts, readAccounts } from "./sysusers.ts";

/** The files that users and groups are in, as in the node. */
export const ACCOUNT_FILES = ["/etc/passwd", "/etc/group"];

const DIRECTORY = "usr/lib/sysusers.d";
const FILE = new RegExp(`^/${DIRECTORY}/([^/]+\\.conf)$`);

/** Users and groups that a package says in its header that it has. One that brings passwd(5) along has them there. */
export function announcedAccounts({ package: nevra, sysusers, files }: PackageContent): Account[] {
  if (files.some(({ path }) => ACCOUNT_FILES.includes(path))) return [];
  return readAccounts(sysusers, formatNevra(nevra));
}

/** Whether it is in its files alone what users and groups a package has: rpm before 4.19 says nothing of them in the header. */
export function hidesAccounts({ sysusers, files }: PackageContent): boolean {
  return sysusers.length === 0 && files.some(({ path }) => FILE.test(path)) &&
    !files.some(({ path }) => ACCOUNT_FILES.includes(path));
}

/** Users and groups in the files of a package, which are in place. Throws SystemCallError. */
export function hiddenAccounts(root: Directory, { package: nevra, files }: PackageContent): Account[] {
  using directory = absent(() => openBelow(root, DIRECTORY));
  return files.flatMap(({ path }) => {
    const name = FILE.exec(path)?.[1];
    const text = name === undefined ? undefined : directory && readFile(directory, name);
    return readAccounts(text?.split("\n") ?? [], formatNevra(nevra));
  });
}

/**
 * Makes the users and groups that are not there yet, in passwd(5) and group(5) below `root`. Throws SystemCallError.
 *
 * @param known by the ancestors of the node
 * @throws {RedpakError} as `addAccounts`
 */
export function makeAccounts(root: Directory, accounts: readonly Account[], known: Owners): void {
  if (accounts.length === 0) return;
  using etc = makeBelow(root, "etc");
  const before = { passwd: readFile(etc, "passwd") ?? "", group: readFile(etc, "group") ?? "" };
  const after = addAccounts(before, accounts, known);
  for (const name of ["passwd", "group"] as const) {
    if (after[name] !== before[name]) replace(etc, name, after[name]);
  }
}

/** The one that was there may be the node's own by a second name. */
function replace(directory: Directory, name: string, text: string): void {
  const { kernel } = directory;
  const temporary = `${TEMPORARY_PREFIX}${name}`;
  const details = directory.findDetails(name);
  {
    using file = directory.openFile(temporary, O.WRONLY | O.CREAT | O.EXCL, 0o644);
    writeAll(kernel, file.number, new TextEncoder().encode(text));
    kernel.fchmod(file.number, 0o644);
    if (details !== undefined && isRegularFile(details)) {
      const { uid, gid } = fileDetails(kernel, file.number, "");
      if (uid !== details.uid || gid !== details.gid) {
        kernel.fchownat(file.number, "", details.uid, details.gid, AT.EMPTY_PATH);
      }
      kernel.fchmod(file.number, details.mode & 0o777);
    }
  }
  directory.rename(temporary, directory, name);
}
