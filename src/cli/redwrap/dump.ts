import type { CommandOutputs } from "../../config/facts.ts";
import { type BwrapLaunch, bwrapLaunch } from "../../plan/bwrap_arguments.ts";
import { isThere } from "../is_there.ts";
import type { PreparedLaunch } from "../prepare_launch.ts";
import type { RedwrapRequest } from "./options.ts";

/**
 * What `--dump` and `--dump-only` print. With `strict` exports whose source is missing are left out, as the launch leaves
 * them out.
 */
export function dumpedLaunch(
  prepared: PreparedLaunch,
  { program, strict }: RedwrapRequest,
  outputs: CommandOutputs,
): BwrapLaunch {
  const merged = prepared.merged(outputs);
  const exports = strict
    ? merged.exports.flatMap((sourced) => {
      const { optional, ...value } = sourced.value;
      if (optional !== true) return [sourced];
      return isThere(value.path) ? [{ ...sourced, value }] : [];
    })
    : merged.exports;
  return bwrapLaunch({ ...merged, exports }, {
    arguments: program,
    facts: prepared.facts,
    outputs,
  });
}
