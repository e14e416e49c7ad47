import type { SeccompProfile } from "../../config/schema.ts";
import { type Image, resolveInImage } from "../../core/image.ts";
import { isWithin, normalizePath } from "../../core/path.ts";
import { HARMLESS } from "../../plan/device_nodes.ts";
import type { Capability, Namespace, Operation } from "../../plan/operation.ts";
import type { Plan } from "../../plan/plan.ts";

/** What a node can do, by its plan. */
export interface NodeAccess {
  /** Its directory on the device. */
  readonly node: string;
  /** What its configuration calls it. */
  readonly alias: string;
  /** What it sees of the device's files. */
  readonly binds: readonly AccessedPath[];
  /** Devices that it has beside those that every node has; `access` is `r`, `w` or `rw`. */
  readonly devices: readonly { readonly path: string; readonly access: string }[];
  /** What it can reach by TCP. */
  readonly network: NetworkAccess;
  /** Namespaces of the host or of others, but for the network's. */
  readonly shared: readonly Namespace[];
  /** Its bounding set: no program of it can have any other. */
  readonly capabilities: readonly Capability[];
  /** The filter of its system calls. */
  readonly seccomp: SeccompProfile;
  /** Its uid 0 is the device's. */
  readonly isRoot: boolean;
}

/** A part of the device's tree that a node sees. */
export interface AccessedPath {
  /** On the device, without links. */
  readonly source: string;
  /** In the node. */
  readonly destination: string;
  /** Whether the mount is writable; permissions of files count besides. */
  readonly write: boolean;
  /** Whether programs can be executed there. */
  readonly execute: boolean;
  /** Paths of the device in it that the node does not see: something else is mounted there. */
  readonly hidden: readonly string[];
}

/** A node's network. */
export interface NetworkAccess {
  /** `own`: nothing but loopback; `shared`: the device's; `joined`: one that somebody else has made. */
  readonly kind: "own" | "shared" | "joined";
  /** TCP ports that it may bind; null for all. */
  readonly bind: readonly number[] | null;
  /** TCP ports that it may connect to; null for all. */
  readonly connect: readonly number[] | null;
}

/** What a plan gives to its node, on the device of an image. */
export function accessOf(plan: Plan, image: Image): NodeAccess {
  const find = <N extends Operation["operation"]>(name: N) =>
    plan.operations.find((operation) => operation.operation === name) as Operation<N> | undefined;
  const clone = find("clone");
  const landlock = find("landlock");
  const joined = plan.operations.flatMap((one) => one.operation === "join" ? [one.namespace] : []);
  const isNew = (namespace: Namespace) => clone?.namespaces.includes(namespace) === true;
  const shared = SHAREABLE.filter((namespace) => !isNew(namespace));
  return {
    node: plan.node,
    alias: plan.alias,
    binds: accessedPaths(plan.operations, image),
    devices: plan.operations.flatMap((one) => {
      if (one.operation === "device" && "path" in one.source) return [{ path: one.source.path, access: one.access }];
      return one.operation === "bind" && one.isDevice && "path" in one.source
        ? [{ path: one.source.path, access: "rw" }]
        : [];
    }),
    network: {
      kind: isNew("net") ? "own" : joined.includes("net") ? "joined" : "shared",
      bind: landlock?.limitBind ? landlock.bind : null,
      connect: landlock?.limitConnect ? landlock.connect : null,
    },
    shared,
    capabilities: find("capabilities")?.bounding ?? [],
    seccomp: (find("seccomp")?.profile ?? "none") as SeccompProfile,
    isRoot: !isNew("user") || clone?.uidMaps.some(({ outside }) => outside === 0) === true,
  };
}

/** Time is shared by all, and of the network there is more to say. */
const SHAREABLE: readonly Namespace[] = ["cgroup", "uts", "ipc", "user", "pid"];

/** Operations after which something else is to be seen at their destination. */
const COVERS: readonly string[] = ["bind", "tmpfs", "procfs", "devpts", "mqueue", "mask"];

/** Those of the configuration are listed by themselves; with those that every /dev has, nobody can do anything. */
function isDevice({ source, isDevice }: Operation<"bind">): boolean {
  return isDevice || "path" in source && HARMLESS.some((name) => source.path === `/dev/${name}`);
}

function accessedPaths(operations: readonly Operation[], image: Image): AccessedPath[] {
  return operations.flatMap((operation, index): AccessedPath[] => {
    if (operation.operation !== "bind" || !("path" in operation.source) || isDevice(operation)) return [];
    const { source: { path }, destination, options } = operation;
    const source = resolveInImage(image, path)?.path ?? normalizePath(path);
    const hidden = operations.slice(index + 1).flatMap((later): string[] => {
      if (!COVERS.includes(later.operation) || !("destination" in later)) return [];
      return isWithin(later.destination, destination)
        ? [normalizePath(`${source}/${later.destination.slice(destination === "/" ? 0 : destination.length)}`)]
        : isWithin(destination, later.destination)
        ? [source]
        : [];
    });
    if (hidden.includes(source)) return [];
    return [{ source, destination, write: !options.includes("ro"), execute: !options.includes("noexec"), hidden }];
  });
}

/** Whether a node can get at a path of the device, at something below it, or at what it is in. */
export function touches({ source, hidden }: AccessedPath, path: string): boolean {
  if (isWithin(source, path)) return true;
  return isWithin(path, source) && !hidden.some((hole) => isWithin(path, hole));
}

/** Whether a path of the device, with all that is below it, is to be seen. */
export function covers({ source, hidden }: AccessedPath, path: string): boolean {
  return isWithin(path, source) && !hidden.some((hole) => isWithin(path, hole) || isWithin(hole, path));
}
