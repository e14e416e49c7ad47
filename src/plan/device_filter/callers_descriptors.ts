import type { Plan } from "../plan.ts";

/** Those of the standard descriptors that the program has from its caller: a detached one has others. */
export function callersDescriptors({ operations }: Pick<Plan, "operations">): readonly number[] {
  return operations.some(({ operation }) => operation === "detach") ? [] : [0, 1, 2];
}
