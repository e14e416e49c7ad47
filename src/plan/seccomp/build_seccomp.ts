import { type BuildContext, origin } from "../build_context.ts";
import type { Capability, Operation } from "../operation.ts";
import { chooseProfile } from "./choose_profile.ts";
import { compileFilter } from "./compile.ts";

/** The operation that installs the filter; the profile `none` has none. */
export function buildSeccomp(
  { merged, request: { facts } }: BuildContext,
  kept: readonly Capability[],
): Operation<"seccomp">[] {
  const profile = chooseProfile(merged);
  if (profile === "none") return [];
  const filter = compileFilter(profile, kept, facts.architecture);
  return [{ operation: "seccomp", phase: "init", ...origin(merged.scalars.seccomp?.where), profile, filter }];
}
