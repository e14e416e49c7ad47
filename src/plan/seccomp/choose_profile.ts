import type { MergedConfig } from "../../config/merged.ts";
import type { SeccompProfile } from "../../config/schema.ts";

/** The profile of a node: `default` unless the configuration says otherwise. */
export function chooseProfile({ scalars }: MergedConfig): SeccompProfile {
  return scalars.seccomp?.value ?? "default";
}
