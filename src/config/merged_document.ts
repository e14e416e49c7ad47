import type { Position } from "../core/error.ts";
import { locateLimit } from "./merge_cgroups.ts";
import type { MergedConfig, Sourced } from "./merged.ts";
import type { Part } from "./node.ts";
import { showLimit } from "./resource_limits.ts";
import { type Cgroups, SCALAR_KEYS, type ScalarKey, type Sharing } from "./schema.ts";

/** Where a value of the merged configuration was won. */
export interface Origin {
  /** Path of the node. */
  readonly node: string;
  /** Which of the node's two files. */
  readonly part: Part;
  /** Where in it. */
  readonly where: Position;
}

/** A value as it stands in a file. */
export type Plain = string | number | boolean | readonly Plain[] | { readonly [key: string]: Plain };

/** One effective configuration, with the place that each value comes from. */
export interface MergedDocument {
  /** The merged configuration in the shape and key order of a configuration file. */
  readonly document: { readonly [key: string]: Plain };
  /** Where the value at a path of keys and indexes comes from: several places for a search path, else one. */
  readonly origins: (path: readonly PropertyKey[]) => readonly Origin[];
}

const EXPORT_KEYS = ["mode", "mount", "path", "optional", "size", "exec", "nosymfollow", "info", "warn"] as const;
const ENVIRON_KEYS = ["mode", "key", "value", "info", "warn"] as const;
const CAPABILITY_KEYS = ["cap", "add", "info", "warn"] as const;
const DEVICE_KEYS = ["path", "access", "optional", "info", "warn"] as const;

const LISTEN_KEYS = ["stream", "datagram"] as const;

const SHARING_NAMES = ["user", "cgroup", "net", "pid", "ipc", "time"] as const;

/** The order in which redpak prints `config`, other scalars coming between `ldpath` and the sharing. */
const FIRST_SCALARS: readonly ScalarKey[] = ["persistdir", "rpmdir", "cachedir"];
const LAST_SCALARS: readonly ScalarKey[] = ["hostname", "chdir", "cgrouproot"];
const OTHER_SCALARS = SCALAR_KEYS.filter((key) => !FIRST_SCALARS.includes(key) && !LAST_SCALARS.includes(key));

/** The keys of `cgroups` in the order in which redpak prints them. */
export const CGROUP_KEYS = {
  cpuset: ["cpus", "mems", "cpus_partition"],
  mem: ["max", "high", "min", "low", "oom_group", "swap_high", "swap_max"],
  cpu: ["weight", "weight_nice", "max"],
  io: ["cost_qos", "cost_model", "weight", "max"],
  pids: ["max"],
} as const satisfies { [C in keyof Cgroups]-?: readonly (keyof NonNullable<Cgroups[C]>)[] };

/**
 * The merged configuration as one file would state it: the leaf's headers and cgroups (those of other levels are not
 * merged into it), and of `share_all` what it comes to. A source that repeats its mount is left out.
 */
export function toConfig(merged: MergedConfig): MergedDocument {
  const writer = new DocumentWriter();
  writeHeaders(merged, writer);
  merged.exports.forEach((source, index) => {
    const { path, ...rest } = source.value;
    const value = path === rest.mount ? rest : { ...rest, path };
    writer.entry(["exports", index], EXPORT_KEYS, value, source);
  });
  merged.environ.forEach((source, index) => writer.entry(["environ", index], ENVIRON_KEYS, source.value, source));
  writeScalars(FIRST_SCALARS, merged, writer);
  for (const key of ["path", "ldpath"] as const) {
    const elements = merged[key];
    if (elements.length > 0) writer.set(["config", key], elements.map(({ value }) => value).join(":"), ...elements);
  }
  writeScalars(OTHER_SCALARS, merged, writer);
  for (const name of SHARING_NAMES) {
    const source = merged.sharing[name];
    if (source !== undefined) writer.set(["config", `share_${name}`], sharingText(source.value), source);
  }
  merged.devices.forEach((source, index) => {
    writer.entry(["config", "devices", index], DEVICE_KEYS, source.value, source);
  });
  writeFields("network", merged.network, (ports) => ports, writer);
  writeService(merged, writer);
  writeFields("rlimits", merged.rlimits, showLimit, writer);
  writeCgroups(merged, writer);
  writeScalars(LAST_SCALARS, merged, writer);
  merged.capabilities.forEach((source, index) => {
    const value = { ...source.value, add: source.value.add ? 1 : 0 };
    writer.entry(["config", "capabilities", index], CAPABILITY_KEYS, value, source);
  });
  return writer.result();
}

function writeHeaders({ leaf }: MergedConfig, writer: DocumentWriter): void {
  const { config, locate, part } = leaf.normal;
  for (const key of ["alias", "name", "info"] as const) {
    const value = config.headers[key];
    if (value !== undefined) writer.set(["headers", key], value, { node: leaf, part, where: locate(["headers", key]) });
  }
}

function writeScalars(keys: readonly ScalarKey[], { scalars }: MergedConfig, writer: DocumentWriter): void {
  for (const key of keys) {
    const source = scalars[key];
    if (source !== undefined) writer.set(["config", key], source.value, source);
  }
}

function writeFields<T>(
  key: string,
  fields: Readonly<Record<string, Sourced<T> | undefined>>,
  show: (value: T) => Plain,
  writer: DocumentWriter,
): void {
  for (const [field, source] of Object.entries(fields)) {
    if (source === undefined) continue;
    const value = show(source.value);
    writer.set(["config", key, field], Array.isArray(value) ? [] : value, source);
    if (Array.isArray(value)) value.forEach((item, index) => writer.set(["config", key, field, index], item, source));
  }
}

function writeService({ service: { after, notify, listen } }: MergedConfig, writer: DocumentWriter): void {
  after.forEach((source, index) => writer.set(["config", "after", index], source.value, source));
  if (notify !== undefined) writer.set(["config", "notify"], notify.value, notify);
  listen.forEach((source, index) => writer.entry(["config", "listen", index], LISTEN_KEYS, source.value, source));
}

/** Within the leaf each field comes from the admin file where that has it. */
function writeCgroups({ leaf, cgroups }: MergedConfig, writer: DocumentWriter): void {
  const level = cgroups.find(({ node }) => node === leaf);
  if (level === undefined) return;
  for (const controller of Object.keys(CGROUP_KEYS) as (keyof Cgroups)[]) {
    const fields: Readonly<Record<string, string | undefined>> = level.value[controller] ?? {};
    for (const field of CGROUP_KEYS[controller]) {
      const value = fields[field];
      if (value === undefined) continue;
      const origin = { node: leaf, ...locateLimit(level, controller, field) };
      writer.set(["config", "cgroups", controller, field], value, origin);
    }
  }
}

function sharingText(value: Sharing): string {
  return typeof value === "string" ? value : value.join;
}

type Path = readonly [string, ...(string | number)[]];
type Source = Pick<Sourced<unknown>, "node" | "part" | "where">;

/** Builds the document, and beside it the table of origins. */
class DocumentWriter {
  readonly #document: Record<string, Plain> = {};
  readonly #origins = new Map<string, readonly Origin[]>();

  set(path: Path, value: Plain, ...sources: readonly Source[]): void {
    let container = this.#document as Record<string | number, Plain>;
    path.slice(0, -1).forEach((key, depth) => {
      container[key] ??= typeof path[depth + 1] === "number" ? [] : {};
      container = container[key] as Record<string | number, Plain>;
    });
    container[path[path.length - 1] ?? ""] = value;
    this.#origins.set(JSON.stringify(path), distinct(sources));
  }

  entry<K extends string>(
    path: Path,
    keys: readonly K[],
    value: { readonly [P in K]?: Plain | undefined },
    source: Source & { readonly at?: (key: K) => Position },
  ) {
    for (const key of keys) {
      const field = value[key];
      const where = source.at?.(key) ?? source.where;
      if (field !== undefined) this.set([...path, key] as const, field, { ...source, where });
    }
  }

  result(): MergedDocument {
    const origins = this.#origins;
    return { document: this.#document, origins: (path) => origins.get(JSON.stringify(path)) ?? [] };
  }
}

/** One origin for each file: elements of a search path share theirs. */
function distinct(sources: readonly Source[]): readonly Origin[] {
  const files = new Map(sources.map(({ node, part, where }) => [where.file, { node: node.path, part, where }]));
  return [...files.values()];
}
