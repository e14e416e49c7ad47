import type { CommandOutputs } from "../../config/facts.ts";
import { type BwrapLaunch, bwrapLaunch } from "../../plan/bwrap_arguments.ts";
import type { PreparedLaunch } from "../prepare_launch.ts";

/**
 * What `--dump` and `--dump-only` print.
 *
 * @param strict exports whose source is missing are left out, as the launch leaves them out
 */
export function dumpedLaunch(
  prepared: PreparedLaunch,
  program: readonly string[],
  strict: boolean,
  outputs: CommandOutputs,
): BwrapLaunch {
  const merged = prepared.merged(outputs);
  const exports = strict
    ? merged.exports.flatMap((sourced) => {
      const { optional, ...value } = sourced.value;
      if (optional !== true) return [sourced];
      return exists(value.path) ? [{ ...sourced, value }] : [];
    })
    : merged.exports;
  return bwrapLaunch({ ...merged, exports }, { arguments: program, facts: prepared.facts, outputs });
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
