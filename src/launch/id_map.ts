import { __WALL, AT, AT_FDCWD, CLONE, MOUNT_ATTR, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { isErrno, SystemCallError } from "../../ffi/libc/system_call_error.ts";
import { type Kernel, MOUNT_ATTR_SIZE } from "../../ffi/libc/system_calls.ts";
import { readSpecial } from "../host/read_special.ts";
import { writeAll } from "../host/write_all.ts";
import type { IdMap, Operation } from "../plan/operation.ts";
import type { Host } from "./host.ts";
import { type Attempt, refuse } from "./launch_error.ts";

/**
 * Makes a user namespace with these maps that nobody is in. It comes with a child that ends at once: until it is waited
 * for, its namespace can be opened and its maps be written, as those of a process that runs. So there is nothing that
 * could be left behind.
 *
 * INVARIANT: the child ends without a signal: to who ignores SIGCHLD, it would be gone before the namespace is opened.
 *
 * @throws {RedpakError} `E_NOT_PERMITTED` where redpak is in a user namespace that does not have these ids itself
 */
export function makeIdMap(kernel: Kernel, { uidMaps, gidMaps }: Operation<"id-map">, attempt: Attempt): Descriptor {
  const pid = kernel.clone(CLONE.NEWUSER);
  try {
    for (const [name, maps] of [["uid_map", uidMaps], ["gid_map", gidMaps]] as const) {
      try {
        writeMaps(kernel, `/proc/${pid}/${name}`, maps);
      } catch (error) {
        throw isErrno(error, "EPERM") && lacksIds(kernel, name, maps) ? cannotGive(attempt, name) : error;
      }
    }
    return new Descriptor(kernel, kernel.openat(AT_FDCWD, `/proc/${pid}/ns/user`, O.RDONLY | O.CLOEXEC, 0));
  } finally {
    kernel.wait4(pid, null, __WALL, null);
  }
}

/** The kernel takes a map in one write, user_namespaces(7). */
function writeMaps(kernel: Kernel, path: string, maps: readonly IdMap[]): void {
  const text = maps.map(({ inside, outside, count }) => `${inside} ${outside} ${count}\n`).join("");
  using file = new Descriptor(kernel, kernel.openat(AT_FDCWD, path, O.WRONLY | O.CLOEXEC, 0));
  writeAll(kernel, file.number, new TextEncoder().encode(text));
}

/** Whether the caller's own user namespace has not all of the ids that are mapped to. */
function lacksIds(kernel: Kernel, name: "uid_map" | "gid_map", maps: readonly IdMap[]): boolean {
  const own = ownMap(kernel, name);
  return own !== undefined &&
    maps.some(({ outside, count }) =>
      !own.some(([first = 0, , length = 0]) => first <= outside && outside + count <= first + length)
    );
}

/** Undefined where it cannot be read: then the first error is all there is to say. */
function ownMap(kernel: Kernel, name: string): number[][] | undefined {
  try {
    const lines = readSpecial(`/proc/self/${name}`, kernel).trim().split("\n");
    return lines.map((line) => line.trim().split(/\s+/).map(Number));
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    return undefined;
  }
}

function cannotGive(attempt: Attempt, name: string) {
  return refuse(attempt, {
    code: "E_NOT_PERMITTED",
    reason: `the container that redpak is in has not all of these ids: see /proc/self/${name}`,
    errno: "EPERM",
    hints: [
      "give the container more ids, or write a range of 65536 that it has to ids in .rednode.yaml",
      "share_user: enabled in this node and all its ancestors takes the ids of the container",
    ],
  });
}

/**
 * Gives a mount that is not attached yet, and all mounts below it, the maps of a user namespace.
 *
 * @throws {RedpakError} `E_KERNEL_FEATURE` where the kernel or a file system cannot do it
 */
export function mapIds({ kernel, features }: Host, taken: Descriptor, namespace: Descriptor, attempt: Attempt): void {
  if (!features.mountDescriptors || !features.mountSetattr) {
    throw cannotMap(attempt, "id-mapped mounts need Linux 5.12 or later", "ENOSYS");
  }
  const attributes = { attr_set: MOUNT_ATTR.IDMAP, attr_clr: 0, propagation: 0, userns_fd: namespace.number };
  try {
    kernel.mount_setattr(taken.number, "", AT.EMPTY_PATH | AT.RECURSIVE, attributes, MOUNT_ATTR_SIZE);
  } catch (error) {
    if (!isErrno(error, "EINVAL")) throw error;
    throw cannotMap(attempt, "its file system, or one that is mounted in it, has no id-mapped mounts", "EINVAL");
  }
}

function cannotMap(attempt: Attempt, reason: string, errno: string) {
  return refuse(attempt, {
    code: "E_KERNEL_FEATURE",
    reason,
    errno,
    hints: [
      "export a directory of another file system, or make the export read-only",
      "share_user: enabled in this node and all its ancestors makes the ids inside the host's, and root inside root",
    ],
  });
}
