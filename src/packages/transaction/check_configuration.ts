import { type FileDetails, fileDetails, isRegularFile } from "../../../ffi/libc/file_status.ts";
import { Descriptor } from "../../../ffi/libc/descriptor.ts";
import { O } from "../../../ffi/libc/constants.ts";
import { isErrno } from "../../../ffi/libc/system_call_error.ts";
import { RPMFILE } from "../../../ffi/librpm/constants.ts";
import { RedpakError } from "../../core/error.ts";
import { quote } from "../../core/quote.ts";
import { walk } from "../../host/walk.ts";
import type { Directory } from "../generation/directory.ts";
import { digestFile } from "./digest_file.ts";
import { DIGESTS } from "./digests.ts";
import type { PackageContent } from "./package_content.ts";

/** What rpm calls a configuration file that it does not leave where it is. */
const KEPT_AS = ["", ".rpmsave", ".rpmorig"];

/**
 * Makes sure that nothing of what somebody has written into a configuration file is lost. librpm takes a file that it
 * cannot read, be it because the disk fails or there are too few descriptors, for one that is not there, and replaces it.
 *
 * @param node as it is
 * @param root as it is going to be
 * @param contents packages that come and go
 * @param hasChanged whether somebody has changed a file, by its path relative to the node, since it was put into `root`
 * @throws {RedpakError} `E_INCOMPLETE`; SystemCallError
 */
export function refuseLostConfiguration(
  node: Directory,
  root: Directory,
  contents: readonly PackageContent[],
  hasChanged: (path: string) => boolean,
): void {
  /** Digests of what packages have at a path: what is one of these, nobody has edited. */
  const packaged = new Map<string, { readonly algorithm: string; readonly digest: string }[]>();
  for (const { files, digestAlgorithm } of contents) {
    for (const { path, flags, digest } of files) {
      if ((flags & RPMFILE.CONFIG) === 0 || (flags & RPMFILE.GHOST) !== 0) continue;
      const known = { algorithm: DIGESTS[digestAlgorithm] ?? "", digest: digest.toLowerCase() };
      packaged.set(path, [...packaged.get(path) ?? [], known]);
    }
  }
  for (const [path, known] of packaged) {
    const algorithms = [...new Set(known.map(({ algorithm }) => algorithm))].filter((name) => name !== "");
    const [algorithm] = algorithms;
    if (algorithm === undefined || hasChanged(path.slice(1))) continue;
    const digests = algorithms.map((each) => digestAt(node, path, each));
    const [edited] = digests;
    if (edited === undefined || known.some(({ digest }) => digests.includes(digest))) continue;
    if (KEPT_AS.some((ending) => digestAt(root, path + ending, algorithm) === edited)) continue;
    throw new RedpakError({
      code: "E_INCOMPLETE",
      message: `Cannot complete the transaction: what was changed in ${quote(path)} would be lost`,
      hints: ["nothing has been changed; the disk may be failing: see the messages of the kernel"],
    });
  }
}

/** Of a regular file; links on the way lead where they lead for who has the directory as `/`. */
function digestAt(root: Directory, path: string, algorithm: string): string | undefined {
  const { kernel } = root;
  const end = path.lastIndexOf("/");
  try {
    using parent = walk(kernel, root.number, path.slice(0, end), { follow: () => {} });
    const name = path.slice(end + 1);
    const details: FileDetails = fileDetails(kernel, parent.number, name);
    if (!isRegularFile(details)) return undefined;
    const flags = O.RDONLY | O.NOFOLLOW | O.NONBLOCK | O.CLOEXEC;
    using file = new Descriptor(kernel, kernel.openat(parent.number, name, flags, 0));
    return digestFile(kernel, file.number, details.size, algorithm);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
