import { AT, MOUNT_ATTR, MS, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import { type Kernel, MOUNT_ATTR_SIZE } from "../../ffi/libc/system_calls.ts";
import { type Mount, mountsBelow, parseMountInfo } from "../host/mount_info.ts";
import { readSpecial } from "../host/read_special.ts";
import type { MountOption } from "../plan/operation.ts";

const ATTRIBUTES = {
  ro: MOUNT_ATTR.RDONLY,
  nosuid: MOUNT_ATTR.NOSUID,
  nodev: MOUNT_ATTR.NODEV,
  noexec: MOUNT_ATTR.NOEXEC,
  nosymfollow: MOUNT_ATTR.NOSYMFOLLOW,
  // Takes a user namespace, and is given to a mount before the others (id_map.ts).
  idmap: 0,
};

/** Options for fsmount(2). */
export function mountAttributes(options: readonly MountOption[]): number {
  return options.reduce((bits, option) => bits | ATTRIBUTES[option], 0);
}

/** Restricts a mount and all mounts below it, whether attached or not; what is restricted already stays so. */
export function restrictMounts(kernel: Kernel, fd: number, options: readonly MountOption[]): void {
  const attributes = { attr_set: mountAttributes(options), attr_clr: 0, propagation: MS.PRIVATE, userns_fd: 0 };
  kernel.mount_setattr(fd, "", AT.EMPTY_PATH | AT.RECURSIVE, attributes, MOUNT_ATTR_SIZE);
}

/** Words of /proc/self/mountinfo that a remount has to repeat, for it replaces them all. */
const MOUNT_FLAGS: Readonly<Record<string, number>> = {
  ro: MS.RDONLY,
  nosuid: MS.NOSUID,
  nodev: MS.NODEV,
  noexec: MS.NOEXEC,
  noatime: MS.NOATIME,
  nodiratime: MS.NODIRATIME,
  relatime: MS.RELATIME,
  nosymfollow: MS.NOSYMFOLLOW,
};

/** Options for mount(2). */
export function mountFlags(options: Iterable<string>): number {
  return [...options].reduce((bits, option) => bits | (MOUNT_FLAGS[option] ?? 0), 0);
}

/** Renames that a hostile owner of the source can do meanwhile only cost rounds. */
const MAX_ROUNDS = 64;

/**
 * The same for an attached mount and kernels without mount_setattr: each mount is remounted, and the table is read again
 * until none is left that lacks an option.
 */
export function remountRestricted(kernel: Kernel, fd: number, options: readonly MountOption[]): void {
  const id = mountId(kernel, fd);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const mounts = mountsBelow(readMounts(kernel), id);
    const top = mounts[0];
    const lacking = mounts.filter((mount) =>
      options.some((option) => !mount.options.has(option)) && isReachable(mount, mounts)
    );
    if (top === undefined) throw new SystemCallError("mount", "ESTALE");
    if (lacking.length === 0) return;
    for (const mount of lacking) {
      using opened = openBelow(kernel, fd, mount.mountPoint.slice(top.mountPoint.length));
      const number = mount === top ? fd : opened?.number;
      if (number === undefined || mountId(kernel, number) !== mount.id) continue;
      const access = mount.options.has("noatime") || mount.options.has("relatime") ? 0 : MS.STRICTATIME;
      const flags = mountFlags([...mount.options, ...options]) | access;
      kernel.mount(null, procPath(number), null, MS.REMOUNT | MS.BIND | flags, null);
    }
  }
  throw new SystemCallError("mount", "EAGAIN");
}

/** A mount that is covered by another on the very same place cannot be seen, nor uncovered by the node. */
function isReachable(mount: Mount, mounts: readonly Mount[]): boolean {
  return !mounts.some((other) => other.parent === mount.id && other.mountPoint === mount.mountPoint);
}

/** Undefined where the place is not there any more, and for the start itself; mount points are never links. */
function openBelow(kernel: Kernel, start: number, path: string): Descriptor | undefined {
  let current: Descriptor | undefined;
  for (const name of path.split("/").filter((part) => part !== "")) {
    using parent = current;
    try {
      const fd = kernel.openat(parent?.number ?? start, name, O.PATH | O.NOFOLLOW | O.CLOEXEC, 0);
      current = new Descriptor(kernel, fd);
    } catch (error) {
      if (error instanceof SystemCallError) return undefined;
      throw error;
    }
  }
  return current;
}

export function readMounts(kernel: Kernel): Mount[] {
  return parseMountInfo(readSpecial("/proc/self/mountinfo", kernel));
}

/** Id of the mount that a descriptor lies on, proc_pid_fdinfo(5); on all kernels, unlike that of statx(2). */
export function mountId(kernel: Kernel, fd: number): number {
  return Number(/^mnt_id:\s*(\d+)$/m.exec(readSpecial(`/proc/self/fdinfo/${fd}`, kernel))?.[1]);
}

/** A path that names exactly what the descriptor stands for, for calls that take no descriptor. */
export function procPath(fd: number): string {
  return `/proc/self/fd/${fd}`;
}
