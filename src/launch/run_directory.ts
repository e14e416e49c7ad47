import { AT_FDCWD, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { fileStatus } from "../../ffi/libc/file_status.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { attemptLive } from "./live_error.ts";

/**
 * Where the records of a user's running nodes are. `$XDG_RUNTIME_DIR` as the XDG Base Directory Specification has it; a
 * directory of /tmp serves those without a login session.
 */
export function runDirectoryPath(uid: number, environment: Readonly<Record<string, string>>): string {
  if (uid === 0) return "/run/redpak";
  const runtime = environment.XDG_RUNTIME_DIR ?? "";
  return runtime.startsWith("/") ? `${runtime}/redpak` : `/tmp/redpak-${uid}`;
}

/**
 * Opens the directory of records, `undefined` where there is none.
 *
 * @param create make it where it is missing
 * @throws {RedpakError} `E_RUN_DIRECTORY` when somebody else could have put something into it
 */
export function openRunDirectory(kernel: Kernel, path: string, create = false): Descriptor | undefined {
  return attemptLive({ verb: "use", object: path }, () => {
    if (create) makeDirectory(kernel, path);
    const directory = open(kernel, path);
    if (directory === undefined) return undefined;
    const { uid, mode } = fileStatus(kernel, directory.number);
    if (uid === kernel.geteuid() && (mode & 0o077) === 0) return directory;
    directory[Symbol.dispose]();
    throw new RedpakError({
      code: "E_RUN_DIRECTORY",
      exit: EXIT.notPermitted,
      message: `Cannot use "${path}": it is of user ${uid} with the mode 0${(mode & 0o7777).toString(8)}`,
      hints: [`it must belong to user ${kernel.geteuid()}, with the mode 0700`],
    });
  });
}

function makeDirectory(kernel: Kernel, path: string): void {
  try {
    kernel.mkdirat(AT_FDCWD, path, 0o700);
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
  }
}

/** Without following a link in the last place: the directory above may be everybody's. */
function open(kernel: Kernel, path: string): Descriptor | undefined {
  try {
    const flags = O.RDONLY | O.DIRECTORY | O.NOFOLLOW | O.CLOEXEC;
    return new Descriptor(kernel, kernel.openat(AT_FDCWD, path, flags, 0));
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}
