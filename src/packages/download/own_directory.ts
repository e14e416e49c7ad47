import { fileStatus } from "../../../ffi/libc/file_status.ts";
import type { Kernel } from "../../../ffi/libc/system_calls.ts";
import { isErrno } from "../../../ffi/libc/system_call_error.ts";
import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { openRoot, walk } from "../../host/walk.ts";
import { attempt } from "../attempt.ts";
import { Directory } from "../generation/directory.ts";

/**
 * Opens a directory that redpak keeps files of its own in, and makes it where it is missing. No link is followed on the
 * way: programs of a node may have made them, and what they lead to is the host's.
 *
 * @param path absolute
 * @throws {RedpakError} `E_NOT_TRUSTED` where others than root and the caller can write to it
 */
export function openOwnDirectory(kernel: Kernel, path: string): Directory {
  return attempt("use", path, () => {
    using root = openRoot(kernel);
    using found = walk(kernel, root.number, path, {
      follow({ path: link }) {
        throw new RedpakError({
          code: "E_NOT_TRUSTED",
          exit: EXIT.configuration,
          message: `Cannot use "${path}": "${link}" is a symbolic link`,
          hints: ["remove the link, or name the directory that it leads to (cachedir)"],
        });
      },
      create: (parent, name) => make(kernel, parent, name),
    });
    return refuseForeign(Directory.of(kernel, found.number), path);
  });
}

/** A directory in another, as `openOwnDirectory`. */
export function openOwnChild(parent: Directory, name: string, path: string): Directory {
  make(parent.kernel, parent.number, name);
  return refuseForeign(parent.open(name), `${path}/${name}`);
}

/** Mode 0755, less the caller's umask. Another process may be faster. */
function make(kernel: Kernel, parent: number, name: string): void {
  try {
    kernel.mkdirat(parent, name, 0o755);
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
  }
}

function refuseForeign(directory: Directory, path: string): Directory {
  const { uid, mode } = fileStatus(directory.kernel, directory.number);
  if ((uid === 0 || uid === directory.kernel.geteuid()) && (mode & 0o022) === 0) return directory;
  directory[Symbol.dispose]();
  throw new RedpakError({
    code: "E_NOT_TRUSTED",
    exit: EXIT.configuration,
    message: `Cannot use "${path}": others can write to it (user ${uid}, mode ${(mode & 0o7777).toString(8)})`,
    hints: [`remove it: redpak makes it again`],
  });
}
