import { utf8Length } from "./_utf8.ts";
import type { MergeContext } from "./merge_context.ts";
import type { Visit } from "./merge_visit.ts";
import type { Sourced } from "./merged.ts";

/** Bytes of a whole search path, far from execve(2)'s 128 KiB for one string. */
const LIMIT = 64 * 1024;

/**
 * The elements of a search path, each once, those of the leaf first. Commands have no place in them.
 * Elements are compared as they are: `/b` and `/b/` are two.
 */
export function mergePath(
  key: "path" | "ldpath",
  visits: readonly Visit[],
  context: MergeContext,
): readonly Sourced<string>[] {
  const elements = new Map<string, Sourced<string>>();
  let bytes = 0;
  for (const { node, part, file } of visits) {
    const written = file.config.config?.[key];
    if (written === undefined) continue;
    const where = file.locate(["config", key]);
    for (const value of context.expand(written, where, node, false).text.split(":")) {
      if (value === "" || elements.has(value)) continue;
      elements.set(value, { value, node, part, where });
      bytes += utf8Length(value) + 1;
    }
    if (bytes > LIMIT) {
      context.problems.push({
        code: "E_EXPAND_LIMIT",
        message: `Cannot extend "${key}": the whole is longer than ${LIMIT} bytes`,
        where,
      });
      break;
    }
  }
  return [...elements.values()];
}
