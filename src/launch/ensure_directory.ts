import { type FileStatus, fileStatus } from "../../ffi/libc/file_status.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import { openRoot, walk } from "../host/walk.ts";
import type { Operation } from "../plan/operation.ts";
import type { Host } from "./host.ts";
import { openHostPath, refuseHostLink } from "./host_source.ts";
import { type Attempt, refuse } from "./launch_error.ts";
import { makeDirectory } from "./make_directory.ts";

/**
 * Makes a directory of the host and its missing parents, all of the given owner and mode. What exists is left as it is,
 * and nothing is made through a link that somebody other than root or the launcher could have put there.
 */
export function ensureDirectory(host: Host, operation: Operation<"ensure-directory">, attempt: Attempt): void {
  try {
    makeWhereMissing(host, operation, attempt);
  } catch (error) {
    if (!operation.optional || !isErrno(error, "EACCES", "EPERM", "EROFS")) throw error;
  }
}

function makeWhereMissing(host: Host, operation: Operation<"ensure-directory">, attempt: Attempt): void {
  const { kernel } = host;
  try {
    openHostPath(host, operation.path, attempt)[Symbol.dispose]();
    return;
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
  const launcher = kernel.geteuid();
  const trusted = (status: FileStatus) => status.uid === 0 || status.uid === launcher;
  using root = openRoot(kernel);
  walk(kernel, root.number, operation.path, {
    follow(link) {
      refuseHostLink(kernel, link, attempt);
      const parent = fileStatus(kernel, link.parent);
      if (trusted(link.status) && trusted(parent) && (parent.mode & WRITABLE_BY_OTHERS) === 0) return;
      throw refuse(attempt, {
        code: "E_SOURCE_SYMLINK",
        reason: `"${link.path}" is a link that others than root could have made`,
        hints: ["make the directory yourself, or name it by a path without that link"],
      });
    },
    create(parent, name) {
      // Somebody was faster, perhaps another launch of the same node: it exists, which is all that is wanted.
      makeDirectory(kernel, parent, name, operation, attempt);
    },
  })[Symbol.dispose]();
}

const WRITABLE_BY_OTHERS = 0o022;
