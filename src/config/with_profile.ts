import type { ConfigFile, Profile } from "./node.ts";
import { valueAt } from "./parse_issue.ts";
import type { CapabilityEntry, Config } from "./schema.ts";

type Settings = NonNullable<Config["config"]>;

const effective = new WeakMap<ConfigFile, ConfigFile>();

/**
 * The file with what its profile says where it says nothing itself: key by key, and in mappings field by field;
 * capabilities one by one. What comes from the profile is located where the file names it.
 */
export function withProfile(file: ConfigFile): ConfigFile {
  const { profile } = file;
  if (profile === undefined) return file;
  const known = effective.get(file) ?? overlay(file, profile);
  effective.set(file, known);
  return known;
}

function overlay(file: ConfigFile, profile: Profile): ConfigFile {
  const own = file.config.config ?? {};
  const added = addedCapabilities(own, profile);
  const capabilities = [...own.capabilities ?? [], ...added.map(([, entry]) => entry)];
  const config: Settings = {
    ...combine(own, profile.config, MAPPINGS) as Settings,
    ...capabilities.length > 0 ? { capabilities } : {},
  };
  /** Where the profile has the value; the other values have the same path in both. */
  const pathInProfile = (path: readonly PropertyKey[]) => {
    const index = path[1] === "capabilities" ? path[2] : undefined;
    if (typeof index !== "number") return path;
    return path.with(2, added[index - (own.capabilities?.length ?? 0)]?.[0] ?? NaN);
  };
  return {
    ...file,
    config: { ...file.config, config },
    locate(path) {
      const inProfile = pathInProfile(path);
      if (isSaid(valueAt(file.config, path)) || valueAt(profile, inProfile) === undefined) return file.locate(path);
      return { ...file.locate(["config", "profile"]), profile: `${profile.name}:${profile.locate(inProfile).line}` };
    },
  };
}

/** Capabilities that the file does not mention, each with its index in the profile. */
function addedCapabilities({ capabilities = [] }: Settings, { config }: Profile): [number, CapabilityEntry][] {
  const mentioned = new Set(capabilities.map(({ cap }) => cap.toUpperCase()));
  return [...(config.capabilities ?? []).entries()].filter(([, { cap }]) => !mentioned.has(cap.toUpperCase()));
}

/** Keys whose values are mappings, and theirs. What else is an object is one value. */
interface Mappings {
  readonly [key: string]: Mappings;
}
const MAPPINGS: Mappings = { network: {}, rlimits: {}, cgroups: { cpuset: {}, mem: {}, cpu: {}, io: {}, pids: {} } };

type Mapping = { readonly [key: string]: unknown };

function combine(own: Mapping, below: Mapping, mappings: Mappings): Mapping {
  const result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(own)) {
    const inner = mappings[key];
    if (!isSaid(value)) continue;
    const under = below[key];
    result[key] = inner === undefined || under === undefined
      ? value
      : combine(value as Mapping, under as Mapping, inner);
  }
  return result;
}

/** A value that leaves the decision to others is none. */
function isSaid(value: unknown): boolean {
  return value !== undefined && value !== "unset" && value !== "Unset";
}
