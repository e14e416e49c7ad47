import type { Position, Problem } from "../../core/error.ts";
import type { MountOption } from "../../plan/operation.ts";
import type { NodeAccess } from "../../proof/assertion/node_access.ts";
import type { CheckId } from "../../proof/verify/checks.ts";
import type { Finding } from "../../proof/verify/finding.ts";

/**
 * The nodes of an image and what was found out about them: what `redpak graph` shows, and with `--json` prints. Paths are
 * the device's everywhere but in positions, which name the files of the image. Nothing in it can be trusted to be
 * harmless text.
 */
export interface Graph {
  /** The directory that is `/` on the device. */
  readonly root: string;
  /** Directory of the node that was asked for; null where all of the image was. */
  readonly node: string | null;
  /** Whether nothing keeps the image from being proven. */
  readonly proven: boolean;
  /** When running nodes were looked at, ISO 8601; null where they are no nodes of this machine. */
  readonly observedAt: string | null;
  readonly totals: GraphTotals;
  /** Parents before their children. */
  readonly nodes: readonly GraphNode[];
  /** Each once, however many nodes have it. */
  readonly mounts: readonly GraphMount[];
  /** All checks, in the order of `redpak verify`. */
  readonly checks: readonly GraphCheck[];
  readonly findings: readonly GraphFinding[];
  readonly accepted: readonly (GraphFinding & { readonly reason: string; readonly until: string })[];
  /** Packages that more than one node has, those first that take the most room. */
  readonly duplicates: readonly DuplicatePackage[];
}

/**
 * Bytes of regular files, as packages record them. A file takes room on the disk once, and once at most in memory (in the
 * page cache), however many nodes see it; a copy of it takes both again.
 */
export interface GraphTotals {
  /** What the nodes' packages take. */
  readonly stored: number;
  /** What they would take in addition if each node had a copy of what it sees of its ancestors. */
  readonly shared: number;
  /** What is there more than once, in several nodes: that without the first of each. */
  readonly duplicated: number;
}

export interface GraphNode {
  readonly path: string;
  /** Directory of the nearest node that it is in. */
  readonly parent: string | null;
  /** Null where its files cannot be read. */
  readonly alias: string | null;
  readonly info: string | null;
  readonly state: string | null;
  /** Places in `Graph.mounts`, in the order in which they are made. */
  readonly mounts: readonly number[];
  readonly limits: readonly GraphLimit[];
  /** Null where there is no plan: its configuration is invalid. */
  readonly isolation: Omit<NodeAccess, "node" | "alias" | "binds"> | null;
  /** Null where it has no database of packages. */
  readonly packages: readonly GraphPackage[] | null;
  readonly bytes: NodeBytes;
  /** What it sees of its ancestors' packages, the nearest ancestor first. */
  readonly inherited: readonly { readonly node: string; readonly packages: number; readonly bytes: number }[];
  /** How many nodes in it see something of its packages. */
  readonly users: number;
  /** Its launches that run. */
  readonly running: readonly GraphUsage[];
}

/** Bytes as in {@link GraphTotals}. */
export interface NodeBytes {
  /** Of its own packages. */
  readonly own: number;
  /** Of its ancestors' packages, as far as it sees them. */
  readonly inherited: number;
  /** Of `own`: what other nodes have as well, by themselves. */
  readonly duplicated: number;
}

/** Something that a launch puts into a node's tree. */
export interface GraphMount {
  /** In the node. */
  readonly destination: string;
  /** The operation of the plan: `bind`, `tmpfs`, … */
  readonly kind: string;
  /** Path on the device, target of a link, or the like; null where there is none. */
  readonly source: string | null;
  /** Whose `source` is: the directory of the innermost node that it lies in; null for the device's. */
  readonly owner: string | null;
  readonly options: readonly MountOption[];
  /** Bytes that it holds at most, of a file system in memory; null for no limit, and for everything else. */
  readonly size: number | null;
  /** Nothing is mounted where the source is absent. */
  readonly optional: boolean;
  /** Where it is configured; null for what every node has. */
  readonly where: Position | null;
  /** The node whose file says it. */
  readonly by: string | null;
}

export interface GraphLimit {
  /** A file of the control group, as in cgroup-v2.rst, or `rlimit NAME`, as in getrlimit(2). */
  readonly name: string;
  /** For people: with the unit, where it has one. */
  readonly value: string;
  /** The node that has the limit: it bounds all those inside as well. Null for what holds where nothing is said. */
  readonly by: string | null;
  readonly where: Position | null;
}

export interface GraphPackage {
  /** Name, version, release and architecture. */
  readonly label: string;
  readonly files: number;
  readonly bytes: number;
}

export interface DuplicatePackage {
  readonly label: string;
  /** Of one of them. */
  readonly bytes: number;
  /** Directories of the nodes that have it. */
  readonly nodes: readonly string[];
  /** The innermost node that all of them are in or are: there it would be shared. Null where there is none. */
  readonly common: string | null;
}

export interface GraphUsage {
  readonly id: string;
  readonly source: "cgroup" | "processes";
  readonly cpuSeconds: number | null;
  readonly memoryBytes: number | null;
  readonly processes: number | null;
  readonly readBytes: number | null;
  readonly writtenBytes: number | null;
  readonly pressure: Readonly<Record<"cpu" | "memory" | "io", number | null>>;
}

export interface GraphCheck {
  readonly id: CheckId;
  /** What is true when there are no findings. */
  readonly title: string;
  /** What would happen otherwise. */
  readonly why: string;
  readonly findings: number;
}

export type GraphFinding =
  & Omit<Finding, keyof Problem>
  & Pick<Problem, "code" | "message">
  & {
    readonly where: Position | null;
    readonly limit: Position | null;
    readonly hints: readonly string[];
  };
