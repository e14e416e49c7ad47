import { AT, F, F_SEAL, MFD } from "../../ffi/libc/constants.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { writeAll } from "../host/write_all.ts";

/** What is left to a program that this process becomes. */
export interface Legacy {
  readonly descriptors: readonly (number | undefined)[];
  /** `NAME=VALUE` each. */
  readonly environment: readonly string[];
}

/**
 * Becomes the program of an ELF image, with nothing else of this process's arguments, environment and descriptors. Comes back only to throw.
 *
 * @throws {SystemCallError}
 */
export function become(kernel: Kernel, image: Uint8Array, { descriptors, environment }: Legacy): never {
  const memory = createMemory(kernel);
  writeAll(kernel, memory, image);
  kernel.fcntl(memory, F.ADD_SEALS, F_SEAL.SEAL | F_SEAL.SHRINK | F_SEAL.GROW | F_SEAL.WRITE);
  for (const descriptor of descriptors) {
    if (descriptor !== undefined) kernel.fcntl(descriptor, F.SETFD, 0);
  }
  kernel.execveat(memory, "", ["redpak"], environment, AT.EMPTY_PATH);
  throw new Error("execveat returned without an error");
}

function createMemory(kernel: Kernel): number {
  const flags = MFD.CLOEXEC | MFD.ALLOW_SEALING;
  try {
    return kernel.memfd_create("redpak", flags | MFD.EXEC);
  } catch (error) {
    // Linux before 6.3 has no such flag, and no memory that cannot be executed.
    if (!isErrno(error, "EINVAL")) throw error;
    return kernel.memfd_create("redpak", flags);
  }
}
