import type { MergedConfig } from "../config/merged.ts";
import type { Family } from "../config/node.ts";
import { type Problem, RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { quote } from "../core/quote.ts";
import { findLoosenings, type LooseningOptions } from "../proof/find_loosenings.ts";

/**
 * The merged configuration of a family, if it is nowhere less confined than an ancestor lets its children be.
 * With `compat` it may be, with a warning for each place.
 *
 * @throws {RedpakError} `E_LOOSENED` with one problem for each place
 */
export function holdToFamily(
  family: Family,
  merged: MergedConfig,
  options: Omit<LooseningOptions, "merged">,
): MergedConfig {
  const loosenings = findLoosenings(family, { ...options, merged });
  const [first] = loosenings;
  if (first === undefined) return merged;
  if (options.compat) return { ...merged, warnings: [...merged.warnings, ...loosenings.map(toWarning)] };
  throw new RedpakError({
    code: "E_LOOSENED",
    message: `Cannot launch ${quote(merged.leaf.path)}: it is less confined than its ancestors allow`,
    where: first.where,
    hints: ["--compat, or REDPAK_COMPAT=1 for redwrap, makes each of these a warning"],
    exit: EXIT.configuration,
    problems: loosenings,
  });
}

function toWarning(problem: Problem): Problem {
  const { code, message } = problem;
  return {
    ...problem,
    code: code.replace(/^E_/, "W_"),
    message: message.replace(/^Cannot /, "Only compatibility lets this node "),
  };
}
