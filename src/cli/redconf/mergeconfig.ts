import type { Facts } from "../../config/facts.ts";
import { mergeFamily, type MergeOptions } from "../../config/merge.ts";
import type { MergedConfig, Sourced } from "../../config/merged.ts";
import type { Family, RedNode } from "../../config/node.ts";
import type { CapabilityEntry, Config } from "../../config/schema.ts";
import { loadFamily } from "../../store/load_family.ts";
import { originalConfigYaml } from "../../view/original_config.ts";
import type { Asked } from "../compat_variable.ts";
import { gatherFacts } from "../facts.ts";

/** `redconf mergeconfig`: the merged normal configuration of a node. */
export async function mergeconfigText(directory: string, asked: Asked): Promise<string> {
  const yaml = await mergedYaml(await loadFamily(directory, { compat: true }), asked);
  return `----CONFIG ${new TextEncoder().encode(yaml).length}\n${yaml}----\n`;
}

/** As redpak 2.5 mixes them: scalars and search paths expanded, lists as written, of cgroups the leaf's own. */
async function mergedYaml(family: Family, { compat, environment }: Asked): Promise<string> {
  const facts = gatherFacts(environment);
  const options = { admin: false, facts, compat: compat !== "no", shown: true };
  const lists = mergeFamily(family, { ...options, expand: false });
  const { scalars, sharing, path, ldpath } = await mergeSettings(family, options, environment);
  const shared = Object.fromEntries(Object.entries(sharing).map(([name, source]) => [`share_${name}`, source]));
  const leaf = family[0].normal.config;
  const config: Config = {
    headers: leaf.headers,
    exports: lists.exports.map(({ value, node }) => {
      const { path: _, ...rest } = value;
      const path = node.normal.config.exports?.find(({ mount }) => mount === value.mount)?.path;
      return path === undefined ? rest : { ...rest, path };
    }),
    environ: lists.environ.map(({ value }) => value),
    config: {
      ...values(scalars),
      ...searchPath("path", path),
      ...searchPath("ldpath", ldpath),
      ...values(shared),
      ...leaf.config?.cgroups === undefined ? {} : { cgroups: leaf.config.cgroups },
      capabilities: inOrderOfDiscovery(family, lists.capabilities).toReversed(),
    },
  };
  const sources: Readonly<Record<string, Sourced<unknown> | undefined>> = { ...scalars, ...shared };
  return originalConfigYaml(config, (key) => sources[key]?.written);
}

/** Scalars and search paths. Nothing in the lists is expanded, so nothing in them has to be right either. */
async function mergeSettings(
  [leaf, ...ancestors]: Family,
  options: MergeOptions,
  environment: Asked["environment"],
): Promise<MergedConfig> {
  const settings: Family = [withoutLists(leaf), ...ancestors.map(withoutLists)];
  // Nothing is launched, so no user has to be known.
  const own = { uid: options.facts.uid, gid: options.facts.gid };
  const facts: Facts = { ...options.facts, userId: () => own, groupId: () => own.gid };
  const merged = mergeFamily(settings, { ...options, facts });
  if (options.compat !== true || merged.pending.length === 0) return merged;
  const { runCommands } = await import("../../launch/run_commands.ts");
  return mergeFamily(settings, { ...options, facts, outputs: await runCommands(merged.pending, { environment }) });
}

function withoutLists(node: RedNode): RedNode {
  const { headers, config } = node.normal.config;
  return { ...node, normal: { ...node.normal, config: { headers, config } } };
}

/** The nearest file that names a capability decides, so it is the one that is met first; names are printed as it has them. */
function inOrderOfDiscovery(family: Family, merged: MergedConfig["capabilities"]): readonly CapabilityEntry[] {
  const met = new Map<string, string>();
  for (const { cap } of family.flatMap(({ normal }) => normal.config.config?.capabilities ?? [])) {
    if (!met.has(cap.toUpperCase())) met.set(cap.toUpperCase(), cap);
  }
  const added = new Map(merged.map(({ value: { cap, add } }) => [cap.toUpperCase(), add]));
  return [...met].map(([name, cap]) => ({ cap, add: added.get(name) ?? false }));
}

function values<R extends { readonly [key: string]: Sourced<unknown> | undefined }>(
  sourced: R,
): { [K in keyof R]?: NonNullable<R[K]>["value"] } {
  const found = Object.entries(sourced).filter(([, source]) => source !== undefined);
  return Object.fromEntries(found.map(([key, source]) => [key, source?.value])) as ReturnType<typeof values<R>>;
}

function searchPath(key: "path" | "ldpath", elements: readonly Sourced<string>[]) {
  return elements.length === 0 ? {} : { [key]: elements.map(({ value }) => value).join(":") };
}
