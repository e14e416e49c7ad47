import { AT_FDCWD, CGROUP2_SUPER_MAGIC, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { fileSystemStatus } from "../../ffi/libc/file_status.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { parentPath, resolvePath } from "../core/path.ts";
import { cgroupDirectory, type CgroupTree, findCgroupTree } from "../host/cgroup_tree.ts";
import type { Operation } from "../plan/operation.ts";
import { CgroupDirectory } from "./cgroup_directory.ts";
import { type Attempt, refuse } from "./launch_error.ts";

/** The group that the groups of nodes are made in: nothing outside of it is changed. */
export interface CgroupBase extends Disposable {
  readonly tree: CgroupTree;
  /** Its path in the tree. */
  readonly group: string;
  readonly directory: CgroupDirectory;
  /** It is the root of the whole tree. */
  readonly isRoot: boolean;
}

/** Opens the launcher's own group, or the one that the configuration names, and checks what it can give. */
export function openCgroupBase(kernel: Kernel, groups: readonly Operation<"cgroup">[], attempt: Attempt): CgroupBase {
  const tree = findCgroupTree(kernel);
  const named = groups[0]?.root ?? "";
  const group = named === "" ? tree.own : namedGroup(tree, named);
  const path = group === undefined ? undefined : cgroupDirectory(tree, group);
  if (group === undefined || path === undefined) throw refuse(attempt, unreachable(tree));
  const directory = open(kernel, path, attempt, named !== "");
  try {
    const controllers = directory.words("cgroup.controllers");
    const missing = groups.flatMap((group) => group.controllers).find((name) => !controllers.includes(name));
    if (missing !== undefined) {
      const asking = groups.findLast(({ controllers, origin }) =>
        origin !== undefined && controllers.includes(missing)
      );
      throw refuse({ ...attempt, where: asking?.origin }, explainMissing(kernel, tree, group, missing));
    }
    requireEntry(kernel, tree, group, attempt);
    // The root has no type (cgroup-v2.rst, "cgroup.type"); that of a cgroup namespace is called "/" and is no root.
    const isRoot = directory.read("cgroup.type") === undefined;
    return { tree, group, directory, isRoot, [Symbol.dispose]: () => directory[Symbol.dispose]() };
  } catch (error) {
    directory[Symbol.dispose]();
    throw error;
  }
}

/** The group that the configuration names, a path below the mount point. */
export function namedGroup({ mount }: CgroupTree, name: string): string {
  return resolvePath(mount?.root ?? "/", name.replace(/^\/+/, ""));
}

function open(kernel: Kernel, path: string, attempt: Attempt, named: boolean): CgroupDirectory {
  try {
    const directory = CgroupDirectory.open(kernel, AT_FDCWD, path);
    if (fileSystemStatus(kernel, directory.descriptor.number).type === CGROUP2_SUPER_MAGIC) return directory;
    throw refuse(attempt, { code: "E_CGROUP_ROOT", reason: `"${path}" is no control group of version 2` });
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENOTDIR", "ELOOP")) throw error;
    throw refuse(attempt, {
      code: "E_CGROUP_ROOT",
      reason: `there is no group "${path}"`,
      errno: error.errno,
      hints: named ? [`make it (mkdir "${path}", or a systemd slice), or remove cgrouproot`] : [],
    });
  }
}

const VERSION_2_HINT = "start the kernel with cgroup_no_v1=all, and systemd with systemd.unified_cgroup_hierarchy=1";

function unreachable(tree: CgroupTree) {
  if (tree.mount === undefined) {
    return {
      code: "E_CGROUP_V1",
      reason: "limits need cgroup version 2, which is not mounted here",
      hints: [tree.version1.size > 0 ? VERSION_2_HINT : "mount it: mount -t cgroup2 none /sys/fs/cgroup"],
    };
  }
  return {
    code: "E_CGROUP_ROOT",
    reason: `the launcher's group lies outside of what is mounted at "${tree.mount.mountPoint}"`,
    hints: ["name a group with cgrouproot"],
  };
}

/** Why a group has no such controller: the place above it where it is not handed on. */
function explainMissing(kernel: Kernel, tree: CgroupTree, group: string, controller: string) {
  if (tree.version1.has(controller)) {
    return {
      code: "E_CGROUP_V1",
      reason: `the controller "${controller}" belongs to cgroup version 1 on this machine`,
      hints: [VERSION_2_HINT],
    };
  }
  for (const ancestor of ancestors(group)) {
    const path = cgroupDirectory(tree, ancestor);
    if (path === undefined) continue;
    using directory = CgroupDirectory.open(kernel, AT_FDCWD, path);
    if (directory.words("cgroup.subtree_control").includes(controller)) continue;
    if (!directory.words("cgroup.controllers").includes(controller)) break;
    return {
      code: "E_CGROUP_CONTROLLER",
      reason: `the controller "${controller}" is missing: delegation stops at "${path}"`,
      hints: [
        `for a unit of systemd: Delegate=${controller}`,
        `else: echo +${controller} >${path}/cgroup.subtree_control`,
      ],
    };
  }
  return {
    code: "E_CGROUP_CONTROLLER",
    reason: `the controller "${controller}" is missing: the kernel, or the container around redpak, does not have it`,
    hints: [`${tree.mount?.mountPoint}/cgroup.controllers lists those that there are`],
  };
}

/** The groups above a group, the root first. */
function ancestors(group: string): readonly string[] {
  return group === "/" ? [] : [...ancestors(parentPath(group)), parentPath(group)];
}

/** Without privileges, a process moves only below a group whose cgroup.procs it may write to (cgroup-v2.rst). */
function requireEntry(kernel: Kernel, tree: CgroupTree, group: string, attempt: Attempt): void {
  if (tree.own === undefined || kernel.geteuid() === 0) return;
  const above = [...ancestors(group), group];
  const common = [...ancestors(tree.own), tree.own].filter((ancestor) => above.includes(ancestor)).at(-1);
  const path = common === undefined ? undefined : cgroupDirectory(tree, common);
  try {
    if (path === undefined) return;
    const flags = O.WRONLY | O.CLOEXEC;
    new Descriptor(kernel, kernel.openat(AT_FDCWD, `${path}/cgroup.procs`, flags, 0))[Symbol.dispose]();
  } catch (error) {
    if (!isErrno(error, "EACCES", "EPERM", "EROFS")) throw error;
    throw refuse(attempt, {
      code: "E_CGROUP_DELEGATION",
      reason: `"${path}" is not delegated to this user`,
      errno: error.errno,
      hints: ["start it in a scope of its own: systemd-run --user --scope -p Delegate=yes redpak run …"],
    });
  }
}
