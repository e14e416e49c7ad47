import type { BuildContext } from "./build_context.ts";

/** Notes what the configuration asks for and this version cannot do: a node that is less confined must not start. */
export function refuseUnsupported(context: BuildContext): void {
  for (const { value, where } of context.merged.cgroups) {
    if (Object.values(value).every((controller) => controller === undefined)) continue;
    context.problems.push({
      code: "E_UNSUPPORTED",
      message: "Cannot apply cgroups: this version of redpak sets no limits",
      where,
      hints: ["remove the limits, or set them where redpak is started (systemd-run -p MemoryMax=…)"],
    });
  }
}

/** Codes of what is no mistake in the configuration: the launcher cannot do it. */
export const NOT_PERMITTED: readonly string[] = ["E_UNSUPPORTED", "E_NOT_PERMITTED"];
