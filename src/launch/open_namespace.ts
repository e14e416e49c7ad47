import { AT_FDCWD, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { fileStatus, isSameFile } from "../../ffi/libc/file_status.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import type { Namespace } from "../plan/operation.ts";

/**
 * Opens the file of a namespace that is to be joined. Its path usually is a link of /proc; whatever else would be there,
 * setns(2) refuses it. Undefined for the user namespace that the launcher is in, which the kernel refuses to enter again.
 */
export function openNamespace(kernel: Kernel, namespace: Namespace, path: string): Descriptor | undefined {
  const flags = O.RDONLY | O.NONBLOCK | O.CLOEXEC;
  const open = (path: string) => new Descriptor(kernel, kernel.openat(AT_FDCWD, path, flags, 0));
  using joined = open(path);
  using own = namespace === "user" ? open("/proc/self/ns/user") : undefined;
  const isOwn = own !== undefined && isSameFile(fileStatus(kernel, joined.number), fileStatus(kernel, own.number));
  return isOwn ? undefined : new Descriptor(kernel, joined.release());
}
