import { AT_FDCWD, LANDLOCK_CREATE_RULESET, O, SECCOMP } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { libc } from "../../ffi/libc/libc.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { cgroupDirectory, findCgroupTree } from "./cgroup_tree.ts";
import { exists, kernelFeatures } from "./kernel_features.ts";
import { readSpecial } from "./read_special.ts";

/** What a machine is like, as far as launches depend on it. Plain data: a child finds it out and prints it as JSON. */
export interface HostFacts {
  /** Release of the running kernel, as `uname -r` prints it. */
  readonly kernel: string;
  /** System calls that are missing, be it that the kernel is too old or that a filter takes them away. */
  readonly missingCalls: readonly string[];
  /** Version of Landlock's interface; 0 where there is none. */
  readonly landlock: number;
  /** The kernel can filter system calls. */
  readonly seccomp: boolean;
  /** By name with dots; null where this kernel has none. */
  readonly sysctls: Readonly<Record<string, string | null>>;
  /** Security modules in the kernel's order; null where that cannot be seen. */
  readonly modules: readonly string[] | null;
  readonly cgroups: {
    /** The directory of this process's group of version 2; null where there is none. */
    readonly own: string | null;
    /** Controllers that the group has. */
    readonly controllers: readonly string[];
    /** Controllers that version 1 keeps for itself. */
    readonly version1: readonly string[];
    /** This process may hand controllers on to groups in its own. */
    readonly delegated: boolean;
  };
  /** Directories that were tried: null where a file could be made in it, else the errno. */
  readonly writable: Readonly<Record<string, string | null>>;
  /** Lines of this process's status that confine everything it starts. */
  readonly confinement: Readonly<Record<string, string>>;
}

export interface HostQuestions {
  readonly sysctls: readonly string[];
  /** Directories to be tried for writing. */
  readonly directories: readonly string[];
}

const CONFINING = ["Seccomp", "NoNewPrivs", "CapEff", "CapBnd"];

/** Looks at this machine. Needs `ffi`; changes nothing. Throws SystemCallError where there is no /proc. */
export function gatherHostFacts({ sysctls, directories }: HostQuestions, kernel: Kernel = libc()): HostFacts {
  const read = (path: string) => readIfThere(path, kernel);
  const tree = findCgroupTree(kernel);
  const own = tree.own === undefined ? null : cgroupDirectory(tree, tree.own) ?? null;
  return {
    kernel: readSpecial("/proc/sys/kernel/osrelease", kernel).trim(),
    missingCalls: findMissingCalls(kernel),
    landlock: landlockVersion(kernel),
    seccomp: canFilter(kernel),
    sysctls: Object.fromEntries(
      sysctls.map((name) => [name, read(`/proc/sys/${name.replaceAll(".", "/")}`)?.trim() ?? null]),
    ),
    modules: read("/sys/kernel/security/lsm")?.trim().split(",") ?? null,
    cgroups: {
      own,
      controllers: words(own && read(`${own}/cgroup.controllers`)),
      version1: [...tree.version1].filter((name) => !name.startsWith("name=")),
      delegated: own !== null && canOpenForWriting(`${own}/cgroup.subtree_control`, kernel),
    },
    writable: Object.fromEntries(directories.map((path) => [path, whyNotWritable(path, kernel)])),
    confinement: Object.fromEntries(
      readSpecial("/proc/self/status", kernel).split("\n").map((line) => line.split(/:\s*/, 2))
        .filter(([name = ""]) => CONFINING.includes(name)),
    ),
  };
}

/** Calls that launches prefer, with arguments that cannot succeed. Each has a slower or weaker way around it. */
export function findMissingCalls(kernel: Kernel): string[] {
  const features = kernelFeatures(kernel);
  const present: Readonly<Record<string, boolean>> = {
    open_tree: features.mountDescriptors,
    mount_setattr: features.mountSetattr,
    openat2: features.openat2,
    clone3: exists(() => kernel.clone3(null, 0)),
    close_range: exists(() => kernel.close_range(1, 0, 0)),
    pidfd_open: exists(() => kernel.pidfd_open(-1, 0)),
  };
  return Object.keys(present).filter((name) => !present[name]);
}

function landlockVersion(kernel: Kernel): number {
  try {
    return kernel.landlock_create_ruleset(null, 0, LANDLOCK_CREATE_RULESET.VERSION);
  } catch (error) {
    if (error instanceof SystemCallError) return 0;
    throw error;
  }
}

function canFilter(kernel: Kernel): boolean {
  const action = new Uint8Array(4);
  new DataView(action.buffer).setUint32(0, SECCOMP.RET_ERRNO, true);
  return errnoOf(() => kernel.seccomp(SECCOMP.GET_ACTION_AVAIL, 0, action)) === null;
}

/** Makes a file that never has a name, open(2) O_TMPFILE: whatever happens, nothing is left. */
function whyNotWritable(path: string, kernel: Kernel): string | null {
  return errnoOf(() => {
    using _file = new Descriptor(kernel, kernel.openat(AT_FDCWD, path, O.TMPFILE | O.WRONLY | O.CLOEXEC, 0o600));
  });
}

/** Opens, and writes nothing. */
function canOpenForWriting(path: string, kernel: Kernel): boolean {
  return errnoOf(() => {
    using _file = new Descriptor(kernel, kernel.openat(AT_FDCWD, path, O.WRONLY | O.CLOEXEC, 0));
  }) === null;
}

function errnoOf(attempt: () => unknown): string | null {
  try {
    attempt();
    return null;
  } catch (error) {
    if (error instanceof SystemCallError) return error.errno;
    throw error;
  }
}

function readIfThere(path: string, kernel: Kernel): string | undefined {
  try {
    return readSpecial(path, kernel);
  } catch (error) {
    if (error instanceof SystemCallError) return undefined;
    throw error;
  }
}

function words(text: string | null | undefined): string[] {
  return text?.split(/\s+/).filter((word) => word !== "") ?? [];
}
