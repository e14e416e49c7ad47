import type { IdMap, Namespace } from "./operation.ts";

/** A running node as the kernel shows it, in the words of the plan. `undefined`: hidden from the caller. */
export interface LiveNode {
  /** The node's mounts in the kernel's order: the later ones cover the earlier. */
  readonly mounts: readonly LiveMount[];
  readonly hostMounts: readonly LiveMount[];
  /** Where the plan's sources are on the host now, links resolved; those that are missing are left out. */
  readonly sources: ReadonlyMap<string, string>;
  /** Sources that may not have been there when the node was started. */
  readonly laterSources: ReadonlySet<string>;
  /** What the plan covers in /proc and this kernel has, by its place in the node. */
  readonly covered: ReadonlySet<string>;
  /** What the configuration's devices are, on the host and in the node, by their place in it. */
  readonly devices: ReadonlyMap<string, LiveDevice>;
  /** What the plan's namespace files stand for, as in `net:[4026531833]`. */
  readonly namespaceFiles: ReadonlyMap<string, string>;
  readonly hostNamespaces: Readonly<Partial<Record<Namespace, string>>>;
  readonly hostName: string | undefined;
  /** Names of the network interfaces. */
  readonly interfaces: readonly string[];
  /** Init is the first. */
  readonly processes: readonly LiveProcess[];
  /** The control groups of the launch; `undefined` where it has none of its own. */
  readonly cgroups: LiveCgroups | undefined;
}

/** Kind and numbers, as in `char 188:0`. */
export interface LiveDevice {
  readonly expected: string | undefined;
  readonly found: string | undefined;
}

export interface LiveCgroups {
  /** The one that is made for this launch alone, in the version 2 tree. */
  readonly own: LiveCgroup;
  /** The others by their paths in the plan, `/` between the names. */
  readonly above: ReadonlyMap<string, LiveCgroup>;
  /** The tag of a filter that lets pass what the plan says, of the devices as they are now. */
  readonly deviceFilter?: string | undefined;
}

export interface LiveCgroup {
  readonly path: string;
  /** Contents of the files that limits are in. */
  readonly files: ReadonlyMap<string, string>;
  /** The filters of devices that it has itself, by the kernel's tags for what they do. */
  readonly deviceFilters?: readonly string[] | undefined;
}

/** As proc_pid_mountinfo(5) has it. */
export interface LiveMount {
  readonly mountPoint: string;
  readonly device: string;
  readonly root: string;
  readonly type: string;
  readonly options: ReadonlySet<string>;
  /** With whom its mounts are shared, as in `shared:1`; empty where it is private. */
  readonly propagation: string;
  /** Of the file system. */
  readonly superOptions: ReadonlySet<string>;
}

export interface LiveProcess {
  /** In the caller's pid namespace. */
  readonly pid: number;
  readonly command: string;
  /** `helper` is who stays behind when somebody enters the node. */
  readonly role: "init" | "program" | "helper" | "other";
  /** Fields of proc_pid_status(5). */
  readonly status: ReadonlyMap<string, string>;
  /** The one of time: of the children, who are what counts. */
  readonly namespaces: Readonly<Partial<Record<Namespace, string>>>;
  /** By number; the maximum of 64 bits is "unlimited". */
  readonly limits: readonly Limit[];
  /** Outside: in the caller's user namespace. */
  readonly uidMaps: readonly IdMap[];
  readonly gidMaps: readonly IdMap[];
  readonly setgroups: string | undefined;
  readonly oomScoreAdjustment: number | undefined;
  readonly nice: number;
  /** What the security module shows, AppArmor with the profile's mode; `undefined` also where there is none. */
  readonly label: string | undefined;
  /** Of version 2. */
  readonly cgroup: string | undefined;
  readonly arguments: readonly string[] | undefined;
  /** With which it was executed. */
  readonly environment: readonly string[] | undefined;
}

export interface Limit {
  readonly soft: bigint;
  readonly hard: bigint;
}
