import type { Position } from "../core/error.ts";
import type { Sourced } from "./merged.ts";
import type { Family, Part, RedNode } from "./node.ts";
import type { Cgroups } from "./schema.ts";
import { withProfile } from "./with_profile.ts";

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
  const { normal, admin } = filesOf(node);
  const own: Readonly<Record<string, unknown>> = admin?.config.config?.cgroups?.[controller] ?? {};
  const file = part === "admin" && own[field] !== undefined ? admin ?? normal : normal;
  return { part: file.part, where: file.locate(["config", "cgroups", controller, field]) };
}

function levelCgroups(node: RedNode, isAdmin: boolean): Sourced<Cgroups> {
  const { normal, admin } = filesOf(node);
  const over = isAdmin ? admin?.config.config?.cgroups : undefined;
  const file = over === undefined ? normal : admin ?? normal;
  return {
    value: combine(normal.config.config?.cgroups ?? {}, over ?? {}),
    node,
    part: file.part,
    where: file.locate(["config", "cgroups"]),
  };
}

function filesOf({ normal, admin }: RedNode) {
  return { normal: withProfile(normal), admin: admin && withProfile(admin) };
}

/** A controller that is named stays named even with no field: naming it asks for it. */
function combine(normal: Cgroups, admin: Cgroups): Cgroups {
  const controllers = new Set([...Object.keys(normal), ...Object.keys(admin)] as (keyof Cgroups)[]);
  return Object.fromEntries(
    [...controllers].map((controller) => [controller, { ...normal[controller], ...admin[controller] }]),
  );
}
