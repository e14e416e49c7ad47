import type { Position } from "../core/error.ts";
import type { Sourced } from "./merged.ts";
import type { Family, Part, RedNode } from "./node.ts";
import type { Cgroups } from "./schema.ts";

/**
 * The limits of each level, none where its files have none, leaf first. Levels are not merged: the kernel combines them.
 * Within a node the admin file's fields come before the normal file's, field by field; the source is the admin file if
 * it has any.
 */
export function mergeCgroups(family: Family, admin: boolean): readonly Sourced<Cgroups>[] {
  return family.map((node) => levelCgroups(node, admin));
}

/** Where a field of a level was won. */
export function locateLimit(
  { node, part }: Sourced<Cgroups>,
  controller: keyof Cgroups,
  field: string,
): { readonly part: Part; readonly where: Position } {
  const own: Readonly<Record<string, unknown>> = node.admin?.config.config?.cgroups?.[controller] ?? {};
  const file = part === "admin" && own[field] !== undefined ? node.admin ?? node.normal : node.normal;
  return { part: file.part, where: file.locate(["config", "cgroups", controller, field]) };
}

function levelCgroups(node: RedNode, admin: boolean): Sourced<Cgroups> {
  const normal = node.normal.config.config?.cgroups;
  const over = admin ? node.admin?.config.config?.cgroups : undefined;
  const file = over === undefined ? node.normal : node.admin ?? node.normal;
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
