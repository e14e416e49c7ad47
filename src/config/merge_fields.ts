import type { Visit } from "./merge_visit.ts";
import type { Sourced } from "./merged.ts";
import type { Config } from "./schema.ts";

type Body = NonNullable<Config["config"]>;

/** Keys of `config` whose fields merge one by one. */
export type FieldsKey = "network" | "rlimits";

type FieldsOf<K extends FieldsKey> = NonNullable<Body[K]>;

export type MergedFields<K extends FieldsKey> = {
  readonly [F in keyof FieldsOf<K>]?: Sourced<NonNullable<FieldsOf<K>[F]>>;
};

/** For each field the first value in the order of `visits`, like scalars. */
export function mergeFields<K extends FieldsKey>(key: K, visits: readonly Visit[]): MergedFields<K> {
  const result: Record<string, Sourced<unknown>> = {};
  for (const { node, part, file } of visits) {
    for (const [field, value] of Object.entries(file.config.config?.[key] ?? {})) {
      result[field] ??= { value, node, part, where: file.locate(["config", key, field]) };
    }
  }
  return result as MergedFields<K>;
}
