import { resolveIdentity } from "./identity.ts";
import type { MergeContext, ScalarOverrides } from "./merge_context.ts";
import type { Visit } from "./merge_visit.ts";
import type { MergedConfig, Sourced } from "./merged.ts";
import type { RedNode } from "./node.ts";
import { SCALAR_KEYS, type ScalarKey } from "./schema.ts";

export type MergedScalars = MergedConfig["scalars"];

/** Texts with variables. `set-user`, `set-group` and `smack` are not: `$UID` and `$GID` depend on the first two. */
const EXPANDED: readonly ScalarKey[] = [
  "persistdir",
  "rpmdir",
  "cachedir",
  "umask",
  "hostname",
  "chdir",
  "cgrouproot",
];

/**
 * The first value in the order of `visits`, as written.
 *
 * An explicit `false` or `0` is a value, so a child can take back what its parent says (redpak 2.5 reads it as absent).
 */
export function pickScalars(visits: readonly Visit[]): MergedScalars {
  const result: Partial<Record<ScalarKey, Sourced<unknown>>> = {};
  for (const { node, part, file } of visits) {
    for (const key of SCALAR_KEYS) {
      const value = file.config.config?.[key];
      if (result[key] !== undefined || value === undefined || value === "Unset") continue;
      result[key] = { value, node, part, where: file.locate(["config", key]) };
    }
  }
  return result as MergedScalars;
}

/** What the command line says counts before every file; it stands in none. */
export function overrideScalars(scalars: MergedScalars, overrides: ScalarOverrides, node: RedNode): MergedScalars {
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined).map(([key, value]) => {
    return [key, { value, node, part: "normal", where: { file: "command line", line: 1, column: 1 } }] as const;
  });
  return { ...scalars, ...Object.fromEntries(given) };
}

/**
 * Expands each text once, for the leaf: `$NODE_*` is the leaf even where an ancestor wrote the text. (redpak 2.5
 * expands `hostname` and `chdir` a second time.)
 */
export function expandScalars(scalars: MergedScalars, context: MergeContext): MergedScalars {
  const result: Partial<Record<ScalarKey, Sourced<unknown>>> = { ...scalars };
  for (const key of EXPANDED) {
    const scalar = scalars[key];
    if (typeof scalar?.value !== "string") continue;
    result[key] = { ...scalar, value: context.expand(scalar.value, scalar.where, context.leaf).text };
  }
  return result as MergedScalars;
}

/**
 * Makes `$UID` and `$GID` what `set-user` and `set-group` say. Raw texts need no ids, so no user has to be known for them.
 */
export function applyIdentity(scalars: MergedScalars, context: MergeContext): void {
  if (!context.expands) return;
  const { facts } = context;
  const { ids, problems } = resolveIdentity(scalars["set-user"], scalars["set-group"], facts);
  context.problems.push(...problems);
  context.facts = { ...facts, ...ids };
}
