import { quote } from "../core/quote.ts";
import type { BuildContext } from "./build_context.ts";

/** Notes what the configuration asks for and this version cannot do: a node that is less confined must not start. */
export function refuseUnsupported(context: BuildContext): void {
  const { scalars: { smack }, cgroups } = context.merged;
  for (const { value, where } of cgroups) {
    if (Object.values(value).every((controller) => controller === undefined)) continue;
    context.problems.push({
      code: UNSUPPORTED,
      message: "Cannot apply cgroups: this version of redpak sets no limits",
      where,
      hints: ["remove the limits, or set them where redpak is started (systemd-run -p MemoryMax=…)"],
    });
  }
  if (smack !== undefined) {
    context.problems.push({
      code: UNSUPPORTED,
      message: `Cannot apply the Smack label ${quote(smack.value)}: this version of redpak sets no labels`,
      where: smack.where,
      hints: ["remove the label, or set it where redpak is started (SmackProcessLabel=…)"],
    });
  }
}

export const UNSUPPORTED = "E_UNSUPPORTED";
