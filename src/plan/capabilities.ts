import { didYouMean } from "../core/did_you_mean.ts";
import { quote } from "../core/quote.ts";
import type { BuildContext } from "./build_context.ts";
import { CAPABILITIES, type Capability } from "./operation.ts";

/**
 * The capabilities of the program: none but those that are added, whoever launches it. `ALL` counts first, wherever it
 * stands. Names are taken in any case, with or without `CAP_`.
 */
export function chooseCapabilities(context: BuildContext): readonly Capability[] {
  const entries = context.merged.capabilities.map((entry) => ({ ...entry, name: entry.value.cap.toUpperCase() }));
  const kept = new Set<Capability>();
  const change = (name: Capability, add: boolean) => add ? kept.add(name) : kept.delete(name);
  for (const { name, value } of entries) {
    if (name === "ALL") CAPABILITIES.forEach((capability) => change(capability, value.add));
  }
  for (const { name, value, where } of entries) {
    if (name === "ALL") continue;
    const full = name.startsWith(PREFIX) ? name : PREFIX + name;
    const capability = CAPABILITIES.find((known) => known === full);
    if (capability !== undefined) {
      change(capability, value.add);
      continue;
    }
    const suggestion = didYouMean(full, CAPABILITIES);
    context.problems.push({
      code: "E_CAPABILITY_UNKNOWN",
      message: `Cannot ${value.add ? "add" : "drop"} capability ${quote(value.cap)}: there is no such capability`,
      where,
      hints: suggestion === undefined ? ["capabilities(7) lists them"] : [`did you mean "${suggestion}"?`],
    });
  }
  return CAPABILITIES.filter((capability) => kept.has(capability));
}

const PREFIX = "CAP_";
