import { AT_FDCWD, MS, O } from "../../ffi/libc/constants.ts";
import { Descriptor } from "../../ffi/libc/descriptor.ts";
import { type DeviceNumber, fileStatus, isDirectory } from "../../ffi/libc/file_status.ts";
import { isErrno, SystemCallError } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { baseName, parentPath } from "../core/path.ts";
import { readLink } from "../host/walk.ts";
import type { Home } from "../plan/hand_over.ts";
import { NAMESPACES, type Operation, type OperationName } from "../plan/operation.ts";
import type { Plan } from "../plan/plan.ts";
import { buildFile } from "./build_file.ts";
import type { TakenDevices } from "./device_filter.ts";
import { makeDevice, takeDevice } from "./device_node.ts";
import { ensureDirectory } from "./ensure_directory.ts";
import type { Host } from "./host.ts";
import { openHostPath, openSource, openWritableSource, refuseDirectory } from "./host_source.ts";
import { requireInherited } from "./inherited_descriptors.ts";
import { type Attempt, attempt, refuse } from "./launch_error.ts";
import { makeIdMap, mapIds } from "./id_map.ts";
import { makeDirectory } from "./make_directory.ts";
import { restrictMounts } from "./mount_options.ts";
import { type FileSystem, type Mounter, mounterFor } from "./mounter.ts";
import { NewRoot } from "./new_root.ts";
import { ownPipes } from "./own_pipes.ts";
import { applySmack } from "./smack.ts";
import { openNamespace } from "./open_namespace.ts";

/** What the stage continues with. */
export interface HostPhaseResult {
  /** The staged root directory. */
  readonly root: Descriptor;
  /** What was opened for operations of the init phase; undefined where there is nothing to do. */
  readonly descriptors: ReadonlyMap<Operation, number | undefined>;
  readonly devices: TakenDevices;
  readonly home: Home | undefined;
}

/**
 * Does the host phase of a plan in two passes, each in the plan's order: first everything is taken from the host, then
 * the new root is built. So it does not matter that the new root gets attached over the node's own directory, a place
 * that exists on every machine, whether it can be written to or not.
 */
export function runHostPhase(host: Host, plan: Plan): HostPhaseResult {
  const state: State = {
    host,
    plan,
    mounter: mounterFor(host),
    taken: new Map(),
    devices: new Map(),
    descriptors: new Map(),
    home: undefined,
    idMap: undefined,
    root: undefined,
    smack: undefined,
  };
  const isHost = ({ phase, operation }: Operation) => phase === "host" && !ELSEWHERE.includes(operation);
  refuseUnknown(plan.operations.filter(isHost));
  runPass(state, TAKE, plan.operations.filter((operation) => isHost(operation) || "source" in operation));
  runPass(state, BUILD, plan.operations.filter(isHost));
  const { descriptors, devices, home } = state;
  return { root: newRoot(state).directory, descriptors, devices, home };
}

/** Control groups have been made before (cgroups.ts), and get their filter afterwards (device_filter.ts). */
const ELSEWHERE: readonly OperationName[] = ["cgroup", "device-filter"];

interface State {
  readonly host: Host;
  readonly plan: Plan;
  readonly mounter: Mounter;
  readonly taken: Map<Operation, Descriptor>;
  readonly devices: Map<Operation, DeviceNumber>;
  readonly descriptors: Map<Operation, number | undefined>;
  /** Open until this process becomes the stage, likewise what follows. */
  home: Home | undefined;
  /** The user namespace that mounts get their id maps from; open until this process becomes the stage. */
  idMap: Descriptor | undefined;
  root: NewRoot | undefined;
  /** The label that the node runs with, where it has one. */
  smack: string | undefined;
}

function runPass(state: State, steps: Steps, operations: readonly Operation[]): void {
  for (const operation of operations) {
    const step = steps[operation.operation];
    if (step === undefined) continue;
    const what = describe(operation);
    attempt(what, () => step(state, operation as never, what));
  }
}

/** An operation that nobody does would be a restriction that is silently missing. */
function refuseUnknown(operations: readonly Operation[]): void {
  const unknown = operations.find(({ operation }) => !(operation in TAKE) && !(operation in BUILD));
  if (unknown === undefined) return;
  throw refuse(describe(unknown), { code: "E_PLAN", reason: "it belongs to the init phase, not to the host phase" });
}

function newRoot({ root, plan }: State): NewRoot {
  if (root !== undefined) return root;
  throw refuse({ verb: "launch", object: plan.node }, { code: "E_PLAN", reason: "the plan mounts no root" });
}

function idMap({ idMap }: State, attempt: Attempt): Descriptor {
  if (idMap !== undefined) return idMap;
  throw refuse(attempt, { code: "E_PLAN", reason: "the plan has no id map before it" });
}

type Steps = { readonly [N in OperationName]?: (state: State, operation: Operation<N>, attempt: Attempt) => void };

const TAKE: Steps = {
  "unshare": (state, { namespaces }) => {
    const { kernel } = state.host;
    state.home = {
      namespace: kernel.openat(AT_FDCWD, "/proc/self/ns/mnt", O.RDONLY | O.CLOEXEC, 0),
      root: kernel.openat(AT_FDCWD, "/", O.PATH | O.DIRECTORY | O.CLOEXEC, 0),
    };
    kernel.unshare(namespaces.reduce((bits, name) => bits | NAMESPACES[name], 0));
  },
  "make-private": ({ host: { kernel } }) => {
    kernel.mount(null, "/", null, MS.REC | MS.PRIVATE, null);
  },
  "id-map": (state, operation, attempt) => {
    state.idMap = makeIdMap(state.host.kernel, operation, attempt);
  },
  "ensure-directory": ({ host }, operation, attempt) => ensureDirectory(host, operation, attempt),
  bind(state, operation, attempt) {
    const { host, mounter } = state;
    try {
      using source = operation.options.includes("ro")
        ? openSource(host, operation.source, attempt)
        : openWritableSource(host, operation.source, state.plan.node, attempt);
      if (operation.isFile) refuseDirectory(host, source, attempt);
      const taken = mounter.take(source);
      if (operation.options.includes("idmap")) mapIds(host, taken, idMap(state, attempt), attempt);
      if (operation.phase === "host") state.taken.set(operation, taken);
      else state.descriptors.set(operation, prepareForStage(host, operation, taken, attempt));
    } catch (error) {
      if (!operation.optional || !isErrno(error, "ENOENT", "ENOTDIR")) throw error;
      if (operation.phase === "init") state.descriptors.set(operation, undefined);
    }
  },
  device({ host, devices }, operation, attempt) {
    try {
      devices.set(operation, takeDevice(host, operation, attempt));
    } catch (error) {
      if (!operation.optional || !isErrno(error, "ENOENT", "ENOTDIR")) throw error;
    }
  },
  smack(state, { label }, attempt) {
    applySmack(state.host.kernel, label, attempt);
    state.smack = label;
  },
  file({ host: { kernel } }, { content }, attempt) {
    if ("descriptor" in content) requireInherited(kernel, content.descriptor, attempt);
  },
  join({ host: { kernel }, descriptors }, operation) {
    const { namespace, source } = operation;
    if ("path" in source) descriptors.set(operation, openNamespace(kernel, namespace, source.path)?.release());
  },
};

/** As nodev, a device is not to be opened whatever it is. */
const MASK_OPTIONS = ["ro", "nosuid", "nodev", "noexec"] as const;

const BUILD: Steps = {
  root(state, operation, attempt) {
    const { host, mounter, plan: { node } } = state;
    using parent = openHostPath(host, parentPath(node), attempt);
    const flags = O.PATH | O.DIRECTORY | O.NOFOLLOW | O.CLOEXEC;
    const name = baseName(node) || ".";
    const reopen = () => new Descriptor(host.kernel, host.kernel.openat(parent.number, name, flags, 0));
    using descriptor = reopen();
    const root = mounter.create(tmpfs(state, operation), operation.options, { descriptor, reopen });
    state.root = new NewRoot(host, root, operation);
    ownPipes(host.kernel, operation);
  },
  bind(state, operation, attempt) {
    using taken = state.taken.get(operation);
    // An optional source that is absent.
    if (taken === undefined) return;
    // The kind of the source decides what a missing destination becomes.
    const missing = isDirectory(fileStatus(state.host.kernel, taken.number)) ? "directory" : "file";
    const place = newRoot(state).place(operation.destination, missing, attempt);
    using _ = place.descriptor;
    state.mounter.bind(taken, operation.options, place);
  },
  device(state, operation, attempt) {
    const number = state.devices.get(operation);
    // An optional one that is absent.
    if (number === undefined) return;
    makeDevice(state.host, state.mounter, newRoot(state), operation, number, attempt);
  },
  tmpfs(state, operation, attempt) {
    const root = newRoot(state);
    const place = root.place(operation.destination, "directory", attempt);
    using _ = place.descriptor;
    using mounted = state.mounter.create(tmpfs(state, operation), operation.options, place);
    root.addOwn(mounted);
  },
  devpts(state, { destination }, attempt) {
    const place = newRoot(state).place(destination, "directory", attempt);
    using _ = place.descriptor;
    const parameters = { newinstance: true, ptmxmode: "0666", mode: "0620", max: "16" } as const;
    state.mounter.create({ type: "devpts", parameters }, ["nosuid", "noexec"], place)[Symbol.dispose]();
  },
  mqueue(state, { destination }, attempt) {
    const place = newRoot(state).place(destination, "directory", attempt);
    using _ = place.descriptor;
    state.mounter.create({ type: "mqueue", parameters: {} }, ["nosuid", "nodev", "noexec"], place)[Symbol.dispose]();
  },
  protect(state, { destination }, attempt) {
    const root = newRoot(state);
    try {
      const place = root.place(destination, "nothing", attempt);
      using source = place.descriptor;
      using taken = state.mounter.take(source);
      state.mounter.bind(taken, ["ro", "nosuid", "nodev", "noexec"], place);
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
    }
  },
  mask(state, { destination }, attempt) {
    try {
      const place = newRoot(state).place(destination, "nothing", attempt);
      using _ = place.descriptor;
      using source = openSource(state.host, { path: "/dev/null" }, attempt);
      using taken = state.mounter.take(source);
      state.mounter.bind(taken, MASK_OPTIONS, place);
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
    }
  },
  directory(state, { destination, mode, uid, gid }, attempt) {
    const { kernel } = state.host;
    const root = newRoot(state);
    const { parent, name } = root.parent(destination, attempt);
    using _ = parent;
    if (makeDirectory(kernel, parent.number, name, { mode, uid, gid }, attempt)) return;
    using existing = root.open(destination, "nothing", attempt);
    if (!isDirectory(fileStatus(kernel, existing.number))) throw new SystemCallError("mkdirat", "EEXIST");
  },
  symlink(state, { target, destination }, attempt) {
    const { kernel } = state.host;
    const { parent, name } = newRoot(state).parent(destination, attempt);
    using _ = parent;
    try {
      kernel.symlinkat(target, parent.number, name);
    } catch (error) {
      if (!isErrno(error, "EEXIST") || !isSameLink(kernel, parent, name, target)) throw error;
    }
  },
  file(state, operation, attempt) {
    buildFile(state.host, newRoot(state), operation, attempt);
  },
};

function tmpfs({ smack }: State, { mode, uid, gid, size, inodes }: Operation<"root" | "tmpfs">): FileSystem {
  return {
    type: "tmpfs",
    parameters: {
      mode: `0${mode.toString(8)}`,
      uid: String(uid),
      gid: String(gid),
      ...size > 0 ? { size: String(size) } : {},
      ...inodes > 0 ? { nr_inodes: String(inodes) } : {},
      // The node could not write to one that has the launcher's label.
      ...smack === undefined ? {} : { smackfsroot: smack },
    },
  };
}

function isSameLink(kernel: Kernel, parent: Descriptor, name: string, target: string): boolean {
  try {
    return readLink(kernel, parent.number, name) === target;
  } catch (error) {
    if (isErrno(error, "EINVAL")) return false;
    throw error;
  }
}

/** The stage attaches it after the mounts that only it can make; so it is restricted now. */
function prepareForStage(
  { kernel, features }: Host,
  { options, destination }: Operation<"bind">,
  taken: Descriptor,
  attempt: Attempt,
): number {
  if (!features.mountDescriptors || !features.mountSetattr) {
    throw refuse(attempt, {
      code: "E_KERNEL_FEATURE",
      reason: `"${destination}" lies below a procfs or mqueue, which needs Linux 5.12 or later`,
      errno: "ENOSYS",
    });
  }
  restrictMounts(kernel, taken.number, options);
  return taken.release();
}

function describe(operation: Operation): Attempt {
  const [verb, object] = words(operation);
  return { verb, object, where: operation.origin };
}

function words(operation: Operation): readonly [verb: string, object: string] {
  switch (operation.operation) {
    case "unshare":
      return ["unshare", operation.namespaces.join(", ")];
    case "make-private":
      return ["make private", "/"];
    case "id-map":
      return ["map ids of mounts to those from", String(operation.uidMaps[0]?.outside)];
    case "root":
      return ["mount", "/"];
    case "ensure-directory":
      return ["create", operation.path];
    case "bind":
      return ["bind", "path" in operation.source ? operation.source.path : `descriptor ${operation.source.descriptor}`];
    case "device":
      return ["show the device", "path" in operation.source ? operation.source.path : operation.destination];
    case "join":
      return ["join", "path" in operation.source ? operation.source.path : operation.namespace];
    case "directory":
    case "symlink":
    case "file":
      return ["create", operation.destination];
    case "tmpfs":
    case "devpts":
    case "mqueue":
      return ["mount", operation.destination];
    case "mask":
      return ["hide", operation.destination];
    case "protect":
      return ["protect", operation.destination];
    case "smack":
      return ["apply the Smack label", operation.label];
    default:
      return ["do", operation.operation];
  }
}
