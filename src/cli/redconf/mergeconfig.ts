import type { Facts } from "../../config/facts.ts";
import { mergeFamily } from "../../config/merge.ts";
import type { Sourced } from "../../config/merged.ts";
import type { Family } from "../../config/node.ts";
import type { Config } from "../../config/schema.ts";
import { loadFamily } from "../../store/load_family.ts";
import { originalConfigYaml } from "../../view/original_config.ts";

/** `redconf mergeconfig`: the merged normal configuration of a node. */
export async function mergeconfigText(directory: string, facts: Facts): Promise<string> {
  const yaml = originalConfigYaml(mergeNormal(await loadFamily(directory, { compat: true }), facts));
  return `----CONFIG ${new TextEncoder().encode(yaml).length}\n${yaml}----\n`;
}

/** As redpak 2.5 mixes them: scalars and search paths expanded, lists as written, of cgroups the leaf's own. */
function mergeNormal(family: Family, facts: Facts): Config {
  // Nothing is launched, so no user has to be known.
  const own = { uid: facts.uid, gid: facts.gid };
  const anybody: Facts = { ...facts, userId: () => own, groupId: () => own.gid };
  const written = mergeFamily(family, { admin: false, facts, expand: false });
  const { scalars, sharing, path, ldpath, capabilities } = mergeFamily(family, { admin: false, facts: anybody });
  const leaf = family[0].normal.config;
  const order = family.flatMap(({ normal }) => normal.config.config?.capabilities ?? []);
  const discovered = (name: string) => order.findIndex(({ cap }) => cap.toUpperCase() === name);
  return {
    headers: leaf.headers,
    exports: written.exports.map(({ value, node }) => {
      const { path: _, ...rest } = value;
      const path = node.normal.config.exports?.find(({ mount }) => mount === value.mount)?.path;
      return path === undefined ? rest : { ...rest, path };
    }),
    environ: written.environ.map(({ value }) => value),
    config: {
      ...values(scalars),
      ...searchPath("path", path),
      ...searchPath("ldpath", ldpath),
      ...Object.fromEntries(Object.entries(values(sharing)).map(([name, value]) => [`share_${name}`, value])),
      ...leaf.config?.cgroups === undefined ? {} : { cgroups: leaf.config.cgroups },
      capabilities: capabilities.map(({ value: { cap, add } }) => ({ cap, add }))
        .sort((a, b) => discovered(b.cap) - discovered(a.cap)),
    },
  };
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
