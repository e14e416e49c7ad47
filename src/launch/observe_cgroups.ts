import { AT_FDCWD, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { deviceNumber } from "../../ffi/libc/file_status.ts";
import { isErrno, SystemCallError } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { cgroupPath } from "../host/cgroup.ts";
import { cgroupDirectory, type CgroupTree, findCgroupTree } from "../host/cgroup_tree.ts";
import { fileOf, RESETTABLE } from "../plan/cgroup_files.ts";
import { callersDescriptors } from "../plan/device_filter/callers_descriptors.ts";
import type { LiveCgroup, LiveCgroups } from "../plan/live_node.ts";
import type { Operation } from "../plan/operation.ts";
import { namedGroup } from "./cgroup_base.ts";
import { CgroupDirectory, GroupGone } from "./cgroup_directory.ts";
import { LAUNCH_PREFIX, SUPERVISOR } from "./cgroup_sweep.ts";
import { readDeviceFilters, tagOfDeviceFilter, type TakenDevices } from "./device_filter.ts";
import type { RunningNode } from "./running_nodes.ts";

/** The control groups of a running node as they are now; `undefined` where it has none of its own. */
export function observeCgroups(kernel: Kernel, node: RunningNode): LiveCgroups | undefined {
  const { operations } = node.record.plan;
  const groups = operations.filter((operation) => operation.operation === "cgroup");
  const entry = operations.find((operation) => operation.operation === "enter-cgroup");
  if (entry === undefined || !("path" in entry.source)) return undefined;
  const tree = findCgroupTree(kernel);
  const parent = `/${entry.source.path}`;
  const own = findOwn(kernel, tree, node, groups, parent);
  if (own === undefined) return undefined;

  const base = own.path.slice(0, own.path.lastIndexOf(`${parent}/`));
  return {
    own,
    deviceFilter: plannedDeviceFilter(kernel, node),
    above: new Map(groups.flatMap(({ path, settings }) => {
      const names = path.join("/");
      const group = observeGroup(kernel, tree, path.length === 0 ? base || "/" : `${base}/${names}`, settings);
      return group === undefined ? [] : [[names, group] as const];
    })),
  };
}

/** The group of the launch: that of its processes; where they have been taken out of it, the one that waits for them. */
function findOwn(
  kernel: Kernel,
  tree: CgroupTree,
  { init, program, supervisor }: RunningNode,
  groups: readonly Operation<"cgroup">[],
  parent: string,
): LiveCgroup | undefined {
  const name = `${LAUNCH_PREFIX}${supervisor?.pid ?? ""}`;
  const within = [init, program].flatMap((process) => {
    const group = process === undefined ? undefined : cgroupPath(kernel, process.pid);
    const at = group?.lastIndexOf(`${parent}/`) ?? -1;
    const own = group?.slice(at + parent.length + 1).split("/")[0] ?? "";
    const isOwn = own === name || own.startsWith(supervisor === undefined ? name : `${name}-`);
    return at >= 0 && isOwn ? [`${group?.slice(0, at)}${parent}/${own}`] : [];
  });
  const [{ root, path: [top = ""] } = { root: "", path: [] }] = groups;
  const beside = cgroupPath(kernel, supervisor?.pid ?? "self") ?? "";
  const base = root === "" ? beside.replace(new RegExp(`/${top}/${SUPERVISOR}$`), "") : namedGroup(tree, root);
  for (const path of [...within, `${base === "/" ? "" : base}${parent}/${name}`]) {
    const group = observeGroup(kernel, tree, path, []);
    if (group !== undefined) return group;
  }
}

/**
 * By the devices that there are now, and the supervisor's standard descriptors, which are the caller's. Without it nobody knows them: only
 * that a detached program has none of them.
 */
function plannedDeviceFilter(kernel: Kernel, { record: { plan }, supervisor }: RunningNode): string | undefined {
  const standard = callersDescriptors(plan);
  if (supervisor === undefined && standard.length > 0) return undefined;
  const open = (path: string) => new Descriptor(kernel, kernel.openat(AT_FDCWD, path, O.PATH | O.CLOEXEC, 0));
  try {
    const taken: TakenDevices = new Map(plan.operations.flatMap((operation) => {
      if (operation.operation !== "device" || !("path" in operation.source)) return [];
      using device = openIfThere(open, operation.source.path);
      const number = device === undefined ? undefined : deviceNumber(kernel, device.number);
      return number === undefined ? [] : [[operation, number] as const];
    }));
    using opened = new DisposableStack();
    const found = standard.map((number) => opened.use(open(`/proc/${supervisor?.pid}/fd/${number}`)).number);
    return tagOfDeviceFilter(kernel, plan, taken, found);
  } catch (error) {
    if (error instanceof SystemCallError) return undefined;
    throw error;
  }
}

function openIfThere(open: (path: string) => Descriptor, path: string): Descriptor | undefined {
  try {
    return open(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

function observeGroup(
  kernel: Kernel,
  tree: CgroupTree,
  path: string,
  settings: readonly string[],
): LiveCgroup | undefined {
  const directory = cgroupDirectory(tree, path);
  if (directory === undefined) return undefined;
  try {
    using group = CgroupDirectory.open(kernel, AT_FDCWD, directory);
    const names = new Set([...RESETTABLE, ...settings.map(fileOf)]);
    return {
      path,
      deviceFilters: readDeviceFilters(kernel, group.descriptor.number),
      files: new Map([...names].flatMap((name) => {
        const content = group.read(name);
        return content === undefined ? [] : [[name, content] as const];
      })),
    };
  } catch (error) {
    if (error instanceof GroupGone || isErrno(error, "ENOENT", "EACCES", "EPERM")) return undefined;
    throw error;
  }
}
