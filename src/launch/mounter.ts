import { AT, FSCONFIG, FSMOUNT, FSOPEN, MOVE_MOUNT, MS, OPEN_TREE } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import type { MountOption } from "../plan/operation.ts";
import type { Host } from "./host.ts";
import {
  mountAttributes,
  mountFlags,
  mountId,
  procPath,
  readMounts,
  remountRestricted,
  restrictMounts,
} from "./mount_options.ts";

/** Where something is mounted. */
export interface Place {
  /** The directory or file that gets covered (O_PATH). */
  readonly descriptor: Descriptor;
  /** Opens what is at the place by then. */
  readonly reopen: () => Descriptor;
}

export interface FileSystem {
  readonly type: "tmpfs" | "devpts" | "mqueue";
  readonly parameters: Readonly<Record<string, string | true>>;
}

/** The two ways to mount. Both name sources and places by descriptors only, so that both are equally strong. */
export interface Mounter {
  /** Takes over a source: later changes of the host's mounts do not touch it. */
  readonly take: (source: Descriptor) => Descriptor;
  /** Attaches what was taken, with all mounts below it, restricted as asked. */
  readonly bind: (taken: Descriptor, options: readonly MountOption[], place: Place) => void;
  /** Mounts a new file system and gives its root directory. */
  readonly create: (fileSystem: FileSystem, options: readonly MountOption[], place: Place) => Descriptor;
}

export function mounterFor(host: Host): Mounter {
  return host.features.mountDescriptors ? descriptorMounter(host) : pathMounter(host);
}

/** Linux 5.2 and later: mounts are made detached, restricted, and then attached. */
function descriptorMounter({ kernel, features }: Host): Mounter {
  const attach = (mount: Descriptor, { descriptor }: Place) => {
    kernel.move_mount(mount.number, "", descriptor.number, "", MOVE_MOUNT.F_EMPTY_PATH | MOVE_MOUNT.T_EMPTY_PATH);
  };
  return {
    take(source) {
      const flags = OPEN_TREE.CLONE | OPEN_TREE.CLOEXEC | AT.EMPTY_PATH | AT.RECURSIVE;
      return new Descriptor(kernel, kernel.open_tree(source.number, "", flags));
    },
    bind(taken, options, place) {
      if (features.mountSetattr) restrictMounts(kernel, taken.number, options);
      attach(taken, place);
      if (!features.mountSetattr) remountRestricted(kernel, taken.number, options);
    },
    create({ type, parameters }, options, place) {
      using context = new Descriptor(kernel, kernel.fsopen(type, FSOPEN.CLOEXEC));
      for (const [key, value] of Object.entries(parameters)) {
        if (value === true) kernel.fsconfig(context.number, FSCONFIG.SET_FLAG, key, null, 0);
        else kernel.fsconfig(context.number, FSCONFIG.SET_STRING, key, value, 0);
      }
      kernel.fsconfig(context.number, FSCONFIG.CMD_CREATE, null, null, 0);
      const fd = kernel.fsmount(context.number, FSMOUNT.CLOEXEC, mountAttributes(options));
      const mount = new Descriptor(kernel, fd);
      attach(mount, place);
      return mount;
    },
  };
}

/** Linux 4.19 to 5.1: mount(2), whose paths are those of descriptors below /proc/self/fd. */
function pathMounter({ kernel, features }: Host): Mounter {
  const mountAt = (place: Place, mount: (target: string) => void): Descriptor => {
    const before = new Set(readMounts(kernel).map(({ id }) => id));
    mount(procPath(place.descriptor.number));
    const mounted = place.reopen();
    // Something else than what was just mounted: the place was moved away.
    if (before.has(mountId(kernel, mounted.number))) throw new SystemCallError("mount", "ESTALE");
    return mounted;
  };
  return {
    take: (source) => new Descriptor(kernel, source.release()),
    bind(taken, options, place) {
      using mounted = mountAt(place, (target) => {
        kernel.mount(procPath(taken.number), target, null, MS.BIND | MS.REC, null);
      });
      if (features.mountSetattr) restrictMounts(kernel, mounted.number, options);
      else remountRestricted(kernel, mounted.number, options);
    },
    create({ type, parameters }, options, place) {
      const data = Object.entries(parameters).map(([key, value]) => value === true ? key : `${key}=${value}`).join(",");
      return mountAt(place, (target) => kernel.mount("none", target, type, mountFlags(options), data));
    },
  };
}
