import { quote } from "../core/quote.ts";
import { resolveIdentity } from "./identity.ts";
import type { MergeContext, ScalarOverrides } from "./merge_context.ts";
import type { Visit } from "./merge_visit.ts";
import type { MergedConfig, Sourced } from "./merged.ts";
import type { RedNode } from "./node.ts";
import { SCALAR_KEYS, type ScalarKey } from "./schema.ts";

export type MergedScalars = MergedConfig["scalars"];

/** Texts with variables. `set-user`, `set-group` and labels are not: `$UID` and `$GID` depend on the first two. */
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
 * An explicit `false` or `0` is a value, so a child can take back what its parent says. With `compat` it is none.
 */
export function pickScalars(visits: readonly Visit[], compat = false): MergedScalars {
  const result: Partial<Record<ScalarKey, Sourced<unknown>>> = {};
  for (const { node, part, file } of visits) {
    for (const key of SCALAR_KEYS) {
      const value = file.config.config?.[key];
      if (result[key] !== undefined || value === undefined || value === "Unset") continue;
      if (compat && (value === false || value === 0)) continue;
      const path = ["config", key];
      result[key] = { value, node, part, where: file.locate(path), written: file.written(path) };
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

/** What redpak 2.5 expands when it shows the merged configuration, though not when it launches. */
const EXPANDED_IF_SHOWN: readonly ScalarKey[] = ["set-user", "set-group", "smack"];

/** Expands the texts, for the leaf: `$NODE_*` is the leaf even where an ancestor wrote the text. */
export function expandScalars(scalars: MergedScalars, context: MergeContext): MergedScalars {
  const result: Partial<Record<ScalarKey, Sourced<unknown>>> = { ...scalars };
  for (const key of [...EXPANDED, ...context.compat && context.shown ? EXPANDED_IF_SHOWN : []]) {
    const scalar = scalars[key];
    if (typeof scalar?.value !== "string") continue;
    result[key] = { ...scalar, value: expandScalar(key, { value: scalar.value, where: scalar.where }, context) };
  }
  return result as MergedScalars;
}

/** What redpak 2.5 expands once more when it launches. */
const EXPANDED_TWICE: readonly ScalarKey[] = ["hostname", "chdir"];

/**
 * The second time, redpak 2.5 runs commands too, be they what others have printed. Nobody is known to want that, and
 * whoever decides what a command prints would decide what runs next: so it is a problem.
 */
function expandScalar(
  key: ScalarKey,
  { value, where }: Pick<Sourced<string>, "value" | "where">,
  context: MergeContext,
): string {
  const before = context.problems.length;
  const { text, pending } = context.expand(value, where, context.leaf);
  const once = !context.compat || context.shown || !context.expands || !EXPANDED_TWICE.includes(key);
  if (once || pending.length > 0 || context.problems.length > before) return text;
  if (/(?<!\\)\$\(/.test(text)) {
    context.problems.push({
      code: "E_EXPAND_TWICE",
      message: `Cannot expand ${quote(value)}: it comes to a command to be run, ${quote(text)}`,
      where,
      hints: ["write the command as $(…), without a backslash"],
    });
    return text;
  }
  return context.expand(text, where, context.leaf, false).text;
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
