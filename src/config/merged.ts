import type { Position, Problem } from "../core/error.ts";
import type { KeyPath } from "../core/fix.ts";
import type { DeviceEntry } from "./device.ts";
import type { MergedFields } from "./merge_fields.ts";
import type { Service } from "./merge_service.ts";
import type { Family, Part, RedNode } from "./node.ts";
import type { CapabilityEntry, Cgroups, Environ, Export, ScalarKey, Scalars, Sharing } from "./schema.ts";

/** A value of the merged configuration, and the file that it won from. */
export interface Sourced<T> {
  readonly value: T;
  readonly node: RedNode;
  readonly part: Part;
  readonly where: Position;
  /** What leads to the value in its file, if it is an entry of a list. */
  readonly path?: KeyPath;
  /** How the file has it, if that is a value of `config` and not an entry of a list. */
  readonly written?: string | undefined;
  /** Where a key of the value stands, if that is an entry of a list. */
  readonly at?: (key: keyof T & string) => Position;
}

/** Text after expansion. A command that has not been run stands in it as `$(command)` and is listed as pending. */
export interface Expanded {
  readonly text: string;
  readonly pending: readonly PendingCommand[];
}

/** A command of the configuration whose output is needed and not yet known. */
export interface PendingCommand {
  /** Text for the shell, variables of redpak already replaced. */
  readonly command: string;
  /** Its output is inserted whole, without its final newlines, or becomes the content of a file. */
  readonly use: "substitution" | "environ" | "export";
  /** Where it is configured. */
  readonly where: Position;
}

/** `mount` and `path` are expanded; they equal the raw text where the merge was asked not to expand. */
export type MergedExport = Omit<Export, "mount" | "path"> & {
  readonly mount: string;
  /** The source; the expanded `mount` text where the file gives none. For `Execfd` the raw command. */
  readonly path: string;
};

/** `value` is final: expanded, or the output of its command; absent for `Remove`, and for `Inherit` before expansion. */
export type MergedEnviron = Environ;

/** What the share keys come to, after `share_all`: `undefined` where no file says anything. */
export type MergedSharing = Readonly<
  Record<"user" | "cgroup" | "net" | "pid" | "ipc" | "time", Sourced<Sharing> | undefined>
>;

export interface Ids {
  readonly uid: number;
  readonly gid: number;
}

/** One effective configuration of a family, every value with the place that it comes from. */
export interface MergedConfig {
  readonly leaf: RedNode;
  readonly family: Family;
  readonly admin: boolean;
  /** Who the program is, before `map-root-user`: ids inside the node where it has ids of its own, else the launcher's. */
  readonly ids: Ids;
  readonly scalars: { readonly [K in ScalarKey]?: Sourced<NonNullable<Scalars[K]>> };
  readonly sharing: MergedSharing;
  /** In launch order: `ALL` first. Names are in capitals; where merged as redpak 2.5 does, as written. */
  readonly capabilities: readonly Sourced<CapabilityEntry>[];
  /** In launch order. */
  readonly environ: readonly Sourced<MergedEnviron>[];
  /** Sorted bytewise by `mount`, which is normalised; where merged as redpak 2.5 does, it is as expanded. */
  readonly exports: readonly Sourced<MergedExport>[];
  /** Search paths, first match first. */
  readonly path: readonly Sourced<string>[];
  readonly ldpath: readonly Sourced<string>[];
  /** Sorted bytewise by `path`. */
  readonly devices: readonly Sourced<DeviceEntry>[];
  readonly network: MergedFields<"network">;
  readonly rlimits: MergedFields<"rlimits">;
  /** The leaf's own. */
  readonly service: Service;
  /** Own limits of each level, leaf first; the kernel combines them. */
  readonly cgroups: readonly Sourced<Cgroups>[];
  readonly pending: readonly PendingCommand[];
  readonly warnings: readonly Problem[];
}
