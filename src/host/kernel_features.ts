import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";

/**
 * What the running kernel offers, found by calling it with arguments that cannot succeed: only a missing system call
 * gives ENOSYS. The version would not tell: calls are backported, and seccomp filters take them away.
 */
export interface KernelFeatures {
  /** open_tree, move_mount, fsopen, fsconfig and fsmount (Linux 5.2); all of them or none is used. */
  readonly mountDescriptors: boolean;
  /** mount_setattr (Linux 5.12). */
  readonly mountSetattr: boolean;
  /** openat2 (Linux 5.6). */
  readonly openat2: boolean;
}

/** Each feature is probed when it is first asked for. */
export function kernelFeatures(kernel: Kernel): KernelFeatures {
  return {
    get mountDescriptors() {
      return keep(this, "mountDescriptors", [
        () => kernel.open_tree(-1, "", 0),
        () => kernel.move_mount(-1, "", -1, "", 0),
        () => kernel.fsopen("", 0),
        () => kernel.fsconfig(-1, 0, null, null, 0),
        () => kernel.fsmount(-1, 0, 0),
      ]);
    },
    get mountSetattr() {
      const none = { attr_set: 0, attr_clr: 0, propagation: 0, userns_fd: 0 };
      return keep(this, "mountSetattr", [() => kernel.mount_setattr(-1, "", 0, none, 0)]);
    },
    get openat2() {
      return keep(this, "openat2", [() => kernel.openat2(-1, "", { flags: 0, mode: 0, resolve: 0 }, 0)]);
    },
  };
}

function keep(features: KernelFeatures, name: keyof KernelFeatures, probes: readonly (() => number)[]): boolean {
  const value = probes.every(exists);
  Object.defineProperty(features, name, { value });
  return value;
}

/** Whether a call that cannot succeed shows that there is such a call. */
export function exists(probe: () => number): boolean {
  try {
    probe();
    return true;
  } catch (error) {
    return !isErrno(error, "ENOSYS");
  }
}
