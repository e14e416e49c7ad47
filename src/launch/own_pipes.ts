import { AT, PIPEFS_MAGIC } from "../../ffi/libc/constants.ts";
import { fileSystemStatus } from "../../ffi/libc/file_status.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import type { Ids } from "../config/merged.ts";

/**
 * Makes the node the owner of the pipes that are its standard input, output and errors: a program that opens /dev/stdout
 * asks for permission anew. Files and terminals stay whose they are.
 */
export function ownPipes(kernel: Kernel, { uid, gid }: Ids): void {
  for (const descriptor of [0, 1, 2]) {
    try {
      if (fileSystemStatus(kernel, descriptor).type !== PIPEFS_MAGIC) continue;
      kernel.fchownat(descriptor, "", uid, gid, AT.EMPTY_PATH);
    } catch (error) {
      // The caller may have closed it; then there is nothing to own.
      if (!isErrno(error, "EBADF")) throw error;
    }
  }
}
