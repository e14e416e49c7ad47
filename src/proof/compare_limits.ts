import { RESOURCES, showLimit } from "../config/resource_limits.ts";
import { formatPosition, type Problem } from "../core/error.ts";
import { chooseLimit } from "../plan/resource_limits.ts";
import { type Comparison, fieldPlace } from "./effective.ts";

/** Hard limits count: below them a program sets its soft limits as it likes. */
export function compareLimits({ child, ancestor }: Comparison): Problem[] {
  return RESOURCES.flatMap((resource): Problem[] => {
    const { hard } = chooseLimit(child.merged, resource);
    const { hard: most } = chooseLimit(ancestor.merged, resource);
    if (hard <= most) return [];
    const show = (value: bigint) => showLimit({ soft: value, hard: value });
    return [{
      code: "E_LOOSENED_RLIMIT",
      message: `Cannot raise the limit ${resource} to ${show(hard)}: ${show(most)} by ${
        formatPosition(fieldPlace(ancestor, "rlimits", resource))
      }`,
      where: fieldPlace(child, "rlimits", resource),
      hints: [`${resource} can be at most ${show(most)} here`],
    }];
  });
}
