import type { Problem } from "../core/error.ts";
import type { Kept } from "../packages/generation/apply_operation.ts";

/** What was left as somebody has made it, as warnings. */
export function describeKept(kept: readonly Kept[]): Problem[] {
  return kept.map(({ path, aside }) => ({
    code: "W_KEPT",
    message: aside === undefined
      ? `"${path}" was changed by somebody, and stays as it is`
      : `"${path}" was changed by somebody, and stays as it is; the other version is "${aside}"`,
  }));
}
