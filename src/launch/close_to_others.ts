import { O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { fileStatus, isDirectory, isRegularFile } from "../../ffi/libc/file_status.ts";
import { libc } from "../../ffi/libc/libc.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { baseName, parentPath } from "../core/path.ts";
import { openRoot, walk } from "../host/walk.ts";
import { type Attempt, explain, refuse } from "./launch_error.ts";

const OTHERS_WRITE = 0o022;

/**
 * Takes the permission to write away from group and others of a file or directory, chmod(1)'s `go-w`. Who can write to it
 * now may put something else in its place at any moment: so no link is followed on the way, and what was opened is what
 * is changed.
 *
 * @param path absolute, without links
 * @throws {RedpakError} `E_NOT_REGULAR` for a link or anything else that is neither; `E_LAUNCH` where the kernel refuses
 */
export function closeToOthers(path: string, kernel: Kernel = libc()): void {
  const attempt: Attempt = { verb: "change the mode of", object: path };
  try {
    using root = openRoot(kernel);
    using parent = walk(kernel, root.number, parentPath(path), {
      follow: () => {
        throw refuse(attempt, { code: "E_NOT_REGULAR", reason: "a symbolic link leads to it" });
      },
    });
    // Without O_NONBLOCK the opening of a FIFO would wait for its writer.
    const flags = O.RDONLY | O.NOFOLLOW | O.NONBLOCK | O.CLOEXEC;
    using file = new Descriptor(kernel, kernel.openat(parent.number, baseName(path), flags, 0));
    const status = fileStatus(kernel, file.number);
    if (!isRegularFile(status) && !isDirectory(status)) {
      throw refuse(attempt, { code: "E_NOT_REGULAR", reason: "it is neither a file nor a directory" });
    }
    kernel.fchmod(file.number, status.mode & 0o7777 & ~OTHERS_WRITE);
  } catch (error) {
    throw explain(attempt, error);
  }
}
