import { AT_FDCWD, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { parseMountInfo } from "./mount_info.ts";
import { readLinkOf, readOf } from "./process.ts";
import { subdirectories } from "./read_directory.ts";

/**
 * The directories that are mounted somewhere, in the mount namespace of any process that the caller sees: their paths in
 * their file systems, as they are now. So a directory that was renamed after it was mounted is found by its new name,
 * whoever mounted it.
 */
export function mountedRoots(kernel: Kernel): Set<string> {
  const roots = new Set<string>();
  const namespaces = new Set<string>();
  using proc = new Descriptor(kernel, kernel.openat(AT_FDCWD, "/proc", O.RDONLY | O.DIRECTORY | O.CLOEXEC, 0));
  for (const name of subdirectories(kernel, proc.number)) {
    if (!/^\d+$/.test(name)) continue;
    const pid = Number(name);
    // Most processes share a few namespaces; those that are not shown are read for each of their processes.
    const namespace = unlessDenied(() => readLinkOf(kernel, pid, "ns/mnt"));
    if (namespace !== undefined && namespaces.has(namespace)) continue;
    const text = unlessDenied(() => readOf(kernel, pid, "mountinfo"));
    if (text === undefined) continue;
    if (namespace !== undefined) namespaces.add(namespace);
    for (const { root } of parseMountInfo(text)) roots.add(root);
  }
  return roots;
}

/** EINVAL: a process that has ended, and not been waited for, has no mount namespace. */
function unlessDenied<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isErrno(error, "EACCES", "EPERM", "EINVAL")) return undefined;
    throw error;
  }
}
