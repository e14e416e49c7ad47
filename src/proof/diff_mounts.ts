import { isWithin } from "../core/path.ts";
import type { LiveMount, LiveNode } from "../plan/live_node.ts";
import type { MountOption, Operation } from "../plan/operation.ts";
import type { Plan } from "../plan/plan.ts";
import type { Drift } from "./drift.ts";

/** A mount that the plan makes. */
interface Expected {
  readonly operation: Operation;
  readonly mountPoint: string;
  readonly options: readonly MountOption[];
  /** The file system's type; that of a bind is its source's. */
  readonly type?: string;
  readonly optional?: boolean;
  /** Where the source is now; only of binds whose source is a path. */
  readonly source?: string | undefined;
}

/** The restrictions that are compared: others, such as `relatime`, are the file system's. */
const RESTRICTIONS: readonly MountOption[] = ["ro", "nosuid", "nodev", "noexec", "nosymfollow"];

/** In the words of the plan; the kernel says `idmapped` of an id-mapped mount, since Linux 5.15. */
function optionsOf({ options }: { readonly options: ReadonlySet<string> }): MountOption[] {
  return [
    ...RESTRICTIONS.filter((option) => options.has(option)),
    ...options.has("idmapped") ? ["idmap" as const] : [],
  ];
}

/** Compares the mounts of a node with those that its plan makes. */
export function diffMounts(plan: Plan, live: LiveNode): Drift[] {
  const drifts: Drift[] = [];
  const left = [...live.mounts];
  const expected = expectedMounts(plan, live);
  for (const wanted of expected) {
    const index = left.findIndex(({ mountPoint, type }) =>
      mountPoint === wanted.mountPoint && (wanted.type === undefined || wanted.type === type)
    );
    const [found] = index < 0 ? [] : left.splice(index, 1);
    if (found !== undefined) drifts.push(...diffMount(wanted, found, live));
    else if (!wanted.optional) drifts.push(drift(wanted, describe(wanted), "no such mount"));
  }
  for (const mount of left) {
    if (!comesFromSource(mount, expected, live)) {
      drifts.push({
        subject: `mount ${mount.mountPoint}`,
        expected: "no mount that the plan does not make",
        found: `${mount.type} ${mount.root} of ${mount.device}`,
      });
    }
  }
  return drifts;
}

function diffMount(wanted: Expected, found: LiveMount, live: LiveNode): Drift[] {
  const drifts: Drift[] = [];
  if (found.propagation !== "") drifts.push(drift(wanted, "private", found.propagation));
  const origin = wanted.source === undefined ? undefined : locate(wanted.source, live);
  const options = optionsOf(found);
  // A bind also has the restrictions of its source's mount, which may have come from there.
  const allowed = [
    ...wanted.options,
    ...(wanted.operation.operation === "bind" ? origin?.options ?? RESTRICTIONS : []),
  ];
  const missing = wanted.options.some((option) => !options.includes(option));
  if (missing || options.some((option) => !allowed.includes(option))) {
    drifts.push(drift(wanted, wanted.options.join(",") || "no restriction", options.join(",") || "no restriction"));
  }
  drifts.push(...diffCapacity(wanted, found));
  drifts.push(...diffProc(wanted, found));
  if (origin !== undefined && (origin.device !== found.device || origin.root !== found.root)) {
    drifts.push(drift(wanted, `${origin.root} of ${origin.device}`, `${found.root} of ${found.device}`));
  }
  return drifts;
}

/** The kernel counts in pages, of at most 64 KiB, and says nothing of what is its own default. */
const PAGES = 64;

function diffCapacity(wanted: Expected, { superOptions }: LiveMount): Drift[] {
  const { operation } = wanted;
  if (operation.operation !== "root" && operation.operation !== "tmpfs") return [];
  const limit = (name: string) => [...superOptions].find((option) => option.startsWith(`${name}=`))?.split("=")[1];
  const show = (kibibytes: number, inodes: string) =>
    `size=${kibibytes > 0 ? `${Math.ceil(kibibytes / PAGES) * PAGES}k` : "any"},nr_inodes=${inodes}`;
  const expected = show(Number(operation.size) / 1024, String(operation.inodes || "any"));
  const found = show(parseInt(limit("size") ?? "0"), limit("nr_inodes") ?? "any");
  return operation.size === 0n || expected === found ? [] : [drift(wanted, expected, found)];
}

const ONLY_PIDS = ["subset=pid", "hidepid=invisible"];

function diffProc(wanted: Expected, { superOptions }: LiveMount): Drift[] {
  const { operation } = wanted;
  if (operation.operation !== "procfs" || !operation.onlyPids) return [];
  const missing = ONLY_PIDS.filter((option) => !superOptions.has(option));
  return missing.length === 0 ? [] : [drift(wanted, ONLY_PIDS.join(","), `without ${missing.join(",")}`)];
}

/** What mountinfo shows for a bind of a directory or file of the host. */
function locate(
  path: string,
  { hostMounts }: LiveNode,
): Pick<LiveMount, "device" | "root"> & { options: MountOption[] } | undefined {
  const containing = hostMounts.filter(({ mountPoint }) => isWithin(path, mountPoint));
  const mount = containing.reduce<LiveMount | undefined>(
    (deepest, mount) => deepest === undefined || mount.mountPoint.length >= deepest.mountPoint.length ? mount : deepest,
    undefined,
  );
  if (mount === undefined) return undefined;
  const rest = path.slice(mount.mountPoint === "/" ? 0 : mount.mountPoint.length);
  const root = `${mount.root === "/" ? "" : mount.root}${rest === "/" ? "" : rest}` || "/";
  return { device: mount.device, root, options: optionsOf(mount) };
}

/** Binds are recursive: a mount of the host below a source appears in the node as well. */
function comesFromSource(mount: LiveMount, expected: readonly Expected[], live: LiveNode): boolean {
  return expected.some(({ source, mountPoint, options }) => {
    if (source === undefined || mount.mountPoint === mountPoint || !isWithin(mount.mountPoint, mountPoint)) {
      return false;
    }
    const origin = source + mount.mountPoint.slice(mountPoint === "/" ? 0 : mountPoint.length);
    return options.every((option) => optionsOf(mount).includes(option)) &&
      live.hostMounts.some((host) =>
        host.mountPoint === origin && host.device === mount.device && host.root === mount.root
      );
  });
}

function expectedMounts({ operations }: Plan, live: LiveNode): Expected[] {
  const links = operations.flatMap((operation) => operation.operation === "symlink" ? [operation] : []);
  return operations.flatMap((operation): Expected[] => {
    const options = ALWAYS[operation.operation];
    switch (operation.operation) {
      case "root":
        return [{ operation, mountPoint: "/", type: "tmpfs", options: operation.options }];
      case "bind": {
        const path = "path" in operation.source ? operation.source.path : undefined;
        const source = path === undefined ? undefined : live.sources.get(path);
        // A source that is there now may have been made while the node runs.
        const optional = operation.optional && (source === undefined || live.laterSources.has(path ?? ""));
        return [{
          operation,
          mountPoint: place(operation.destination, links),
          options: operation.options,
          optional,
          source,
        }];
      }
      case "tmpfs":
        return [{
          operation,
          mountPoint: place(operation.destination, links),
          type: "tmpfs",
          options: operation.options,
        }];
      case "device":
        return [{
          operation,
          mountPoint: place(operation.destination, links),
          type: "tmpfs",
          options: ["nosuid", "noexec"],
          optional: operation.optional,
        }];
      case "devpts":
      case "mqueue":
      case "procfs": {
        const type = operation.operation === "procfs" ? "proc" : operation.operation;
        return [{ operation, mountPoint: place(operation.destination, links), type, options: options ?? [] }];
      }
      case "protect":
      case "mask":
        return [{
          operation,
          mountPoint: place(operation.destination, links),
          options: options ?? [],
          optional: !live.covered.has(operation.destination),
        }];
      default:
        return [];
    }
  });
}

/** Restrictions that the executors always add. */
const ALWAYS: Partial<Record<Operation["operation"], readonly MountOption[]>> = {
  devpts: ["nosuid", "noexec"],
  mqueue: ["nosuid", "nodev", "noexec"],
  procfs: ["nosuid", "nodev", "noexec"],
  protect: ["ro", "nosuid", "nodev", "noexec"],
  mask: ["ro", "nosuid", "nodev", "noexec"],
};

/** Where a destination is behind the links that the plan makes. */
function place(destination: string, links: readonly Operation<"symlink">[]): string {
  const link = links.find((link) => link.destination !== destination && isWithin(destination, link.destination));
  if (link === undefined || !link.target.startsWith("/")) return destination;
  return link.target + destination.slice(link.destination.length);
}

function drift({ operation, mountPoint }: Expected, expected: string, found: string): Drift {
  return { subject: `mount ${mountPoint}`, expected, found, where: operation.origin };
}

function describe({ operation, type }: Expected): string {
  return type ?? `a ${operation.operation}`;
}
