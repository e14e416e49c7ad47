import { AT, AT_FDCWD, O, PROC_SUPER_MAGIC, RESOLVE, STATX } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { fileStatus, fileSystemStatus, isDirectory, isSameFile, STATX_LAYOUT } from "../../ffi/libc/file_status.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import { OPEN_HOW_SIZE } from "../../ffi/libc/system_calls.ts";
import { isWithin } from "../core/path.ts";
import { type Link, openRoot, readLink, walk } from "../host/walk.ts";
import type { Source } from "../plan/operation.ts";
import { STATUS_FILE } from "../store/node_files.ts";
import type { Host } from "./host.ts";
import { type Attempt, refuse } from "./launch_error.ts";

/**
 * Opens what is bound (O_PATH), once: from here on its path does not matter. Links of the host are followed, as the
 * configuration means them; those of /proc/PID/root and the like lead anywhere and are refused, and so are those that
 * lead out of a node's directory, where programs of the node may have made them.
 */
export function openSource(host: Host, source: Source, attempt: Attempt): Descriptor {
  return "path" in source ? openHostPath(host, source.path, attempt) : openDescriptor(host, source.descriptor, attempt);
}

/**
 * Likewise, what a node will write to: the plan covers what it shows of the node's own files by its path, as it stands there.
 * So no link in the directory of any node is followed, nor one that leads to this node's.
 *
 * @param node its directory
 */
export function openWritableSource(host: Host, source: Source, node: string, attempt: Attempt): Descriptor {
  if (!("path" in source)) return openSource(host, source, attempt);
  const { kernel } = host;
  let direct = true;
  const opened = openHostPath(host, source.path, attempt, (link) => {
    if (isDatabaseLink(kernel, link)) return;
    direct = false;
    refuseMagicLink(kernel, link, attempt);
    if (link.directories.some((directory) => isNode(kernel, directory))) throw nodeLink(kernel, link, attempt);
  });
  if (direct) return opened;
  const found = readLink(kernel, AT_FDCWD, `/proc/self/fd/${opened.number}`);
  if (!isWithin(found, node) && !isWithin(node, found)) return opened;
  opened[Symbol.dispose]();
  throw refuse(attempt, {
    code: "E_SOURCE_SYMLINK",
    reason: `its path leads through a link to "${found}", where the node's own files are`,
    errno: "ELOOP",
    hints: ["name the directory by its own path"],
  });
}

/** Throws where a file was promised: what the source is by now, a program of the node may have made of it. */
export function refuseDirectory({ kernel }: Host, source: Descriptor, attempt: Attempt): void {
  if (!isDirectory(fileStatus(kernel, source.number))) return;
  throw refuse(attempt, {
    code: "E_SOURCE_DIRECTORY",
    reason: "it is a directory, where a file is to be exported",
    errno: "EISDIR",
    hints: ["modes Public, Restricted and Private export directories"],
  });
}

export function openHostPath(
  { kernel, features }: Host,
  path: string,
  attempt: Attempt,
  follow = (link: Link) => refuseHostLink(kernel, link, attempt),
): Descriptor {
  if (features.openat2) {
    // The common case, where no link is on the way, in one call.
    const how = { flags: O.PATH | O.CLOEXEC, mode: 0, resolve: RESOLVE.NO_SYMLINKS | RESOLVE.NO_MAGICLINKS };
    try {
      return new Descriptor(kernel, kernel.openat2(AT_FDCWD, path, how, OPEN_HOW_SIZE));
    } catch (error) {
      if (!isErrno(error, "ELOOP")) throw error;
    }
  }
  using root = openRoot(kernel);
  return walk(kernel, root.number, path, { follow });
}

/** Throws unless a link of the host may be followed. */
export function refuseHostLink(kernel: Host["kernel"], link: Link, attempt: Attempt): void {
  refuseMagicLink(kernel, link, attempt);
  const target = readLink(kernel, link.descriptor, "");
  if (!target.startsWith("/") && !target.split("/").includes("..") || isDatabaseLink(kernel, link)) return;
  if (link.directories.some((directory) => isNode(kernel, directory))) throw nodeLink(kernel, link, attempt);
}

/** What var/lib/rpm of a node is once redpak has changed its packages; configurations of redpak 2.5 export that path. */
const DATABASE_LINK = "../../usr/lib/sysimage/rpm";

/** Whether a link leads to the package database of the very node that it is in, whoever has made it. */
function isDatabaseLink(kernel: Host["kernel"], link: Link): boolean {
  const [node] = link.directories.slice(-3);
  return link.directories.length >= 3 && isNode(kernel, node!) &&
    readLink(kernel, link.descriptor, "") === DATABASE_LINK;
}

function nodeLink(kernel: Host["kernel"], link: Link, attempt: Attempt) {
  const target = readLink(kernel, link.descriptor, "");
  return refuse(attempt, {
    code: "E_SOURCE_SYMLINK",
    reason: `"${link.path}" is a link in the directory of a node, to "${target}", and its programs may have made it`,
    errno: "ELOOP",
    hints: ["name the directory that the link leads to"],
  });
}

function isNode(kernel: Host["kernel"], directory: number): boolean {
  try {
    kernel.statx(directory, STATUS_FILE, AT.SYMLINK_NOFOLLOW, STATX.BASIC_STATS, new Uint8Array(STATX_LAYOUT.size));
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}

/** A mount belongs to the namespace that it was opened in, so an inherited descriptor is opened again by its path. */
function openDescriptor(host: Host, number: number, attempt: Attempt): Descriptor {
  const { kernel } = host;
  const path = readLink(kernel, AT_FDCWD, `/proc/self/fd/${number}`);
  const opened = openHostPath(host, path, attempt);
  if (!isSameFile(fileStatus(kernel, number), fileStatus(kernel, opened.number))) {
    throw refuse(attempt, {
      code: "E_SOURCE_CHANGED",
      reason: `the descriptor is not what ${path} is`,
      hints: ["a terminal of another container cannot be passed on: redirect standard output, for example to | cat"],
    });
  }
  return opened;
}

const PROC_ROOT_INODE = 1n;

/** In /proc only the links of the top directory (`self`, `mounts`) are links of the ordinary kind. */
function refuseMagicLink(kernel: Host["kernel"], link: Link, attempt: Attempt): void {
  if (fileSystemStatus(kernel, link.descriptor).type !== PROC_SUPER_MAGIC) return;
  if (fileStatus(kernel, link.parent).inode !== PROC_ROOT_INODE) throw magicLink(attempt);
}

function magicLink(attempt: Attempt) {
  return refuse(attempt, {
    code: "E_SOURCE_SYMLINK",
    reason:
      "its path leads through a link of /proc that stands for another process's files, or through a loop of links",
    errno: "ELOOP",
    hints: ["name the directory by its own path"],
  });
}
