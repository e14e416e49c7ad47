import type { Sourced } from "./merged.ts";
import type { Family, RedNode } from "./node.ts";
import type { Cgroups } from "./schema.ts";

/**
 * The limits of each level, leaf first. Levels are not merged: the kernel combines them. Within a node the admin
 * file's fields come before the normal file's, field by field; the source is the admin file if it has any.
 */
export function mergeCgroups(family: Family, admin: boolean): readonly Sourced<Cgroups>[] {
  return family.flatMap((node) => levelCgroups(node, admin) ?? []);
}

function levelCgroups(node: RedNode, admin: boolean): Sourced<Cgroups> | undefined {
  const normal = node.normal.config.config?.cgroups;
  const over = admin ? node.admin?.config.config?.cgroups : undefined;
  const file = over === undefined ? node.normal : node.admin ?? node.normal;
  if (over === undefined && normal === undefined) return undefined;
  return {
    value: combine(normal ?? {}, over ?? {}),
    node,
    part: file.part,
    where: file.locate(["config", "cgroups"]),
  };
}

/** A controller that is named stays named even with no field: naming it asks for it. */
function combine(normal: Cgroups, admin: Cgroups): Cgroups {
  const controllers = new Set([...Object.keys(normal), ...Object.keys(admin)] as (keyof Cgroups)[]);
  return Object.fromEntries(
    [...controllers].map((controller) => [controller, { ...normal[controller], ...admin[controller] }]),
  );
}
