import type { CommandOutputs, Facts } from "../config/facts.ts";
import type { FieldsKey } from "../config/merge_fields.ts";
import type { MergedConfig, MergedExport, Sourced } from "../config/merged.ts";
import type { ScalarKey } from "../config/schema.ts";
import type { Position } from "../core/error.ts";
import { normalizePath } from "../core/path.ts";
import { BuildContext } from "../plan/build_context.ts";
import { chooseCapabilities } from "../plan/capabilities.ts";
import { chooseNamespaces, type NamespaceChoices } from "../plan/namespaces.ts";
import type { Capability } from "../plan/operation.ts";

/** What a node's launch would get: its merged configuration, read the way the plan reads it. */
export interface Effective {
  /** With the mounts of exports normalised, which redpak 2.5 does not do. */
  readonly merged: MergedConfig;
  readonly namespaces: NamespaceChoices;
  readonly capabilities: ReadonlySet<Capability>;
  /** A command that has not been run stands in the text: nobody knows yet what it will be. */
  readonly isPending: (text: string) => boolean;
}

export interface Moment {
  readonly facts: Facts;
  readonly outputs?: CommandOutputs;
}

/** What the plan would object to (an unknown capability, say) is for the plan to report. */
export function toEffective(merged: MergedConfig, moment: Moment): Effective {
  // As root launches it, who can share more than others: the answer must not depend on who asks.
  const context = new BuildContext(merged, { arguments: [], ...moment, facts: { ...moment.facts, uid: 0 } });
  return {
    merged: { ...merged, exports: merged.exports.map((line) => withPlainMount(line, context)) },
    namespaces: chooseNamespaces(context),
    capabilities: new Set(chooseCapabilities(context)),
    isPending: (text) => context.isPending(text),
  };
}

/** What is no path, or not yet, is for the plan to refuse. */
function withPlainMount(line: Sourced<MergedExport>, context: BuildContext): Sourced<MergedExport> {
  const { mount } = line.value;
  if (!mount.startsWith("/") || mount.split("/").includes("..") || context.isPending(mount)) return line;
  return { ...line, value: { ...line.value, mount: normalizePath(mount) } };
}

/** A descendant as it would be launched, and what one of its ancestors passes on. */
export interface Comparison {
  readonly child: Effective;
  readonly ancestor: Effective;
  /** Directory of the ancestor's own child in the family: what lies in it is not the ancestor's to grant. */
  readonly branch: string;
  /** What the ancestor is, for hints. */
  readonly limiter: "parent" | "host policy";
}

/** What a key can be for an ancestor. A child inherits from its parents what it leaves out, and nothing from a policy. */
export function allowedValue(key: ScalarKey, value: string | number, { limiter }: Comparison): string {
  return limiter === "parent" ? `${key} can be ${value} or left out here` : `${key} has to be ${value} here`;
}

/** Where a key of `config` got its value; the enclosing section of the node's own file where nobody gave one. */
export function scalarPlace({ merged }: Effective, key: ScalarKey): Position {
  return merged.scalars[key]?.where ?? merged.leaf.normal.locate(["config", key]);
}

/** Where a field of `network` or `rlimits` got its value; as {@link scalarPlace}. */
export function fieldPlace({ merged }: Effective, key: FieldsKey, field: string): Position {
  const fields: Readonly<Record<string, { readonly where: Position } | undefined>> = merged[key];
  return fields[field]?.where ?? merged.leaf.normal.locate(["config", key, field]);
}
