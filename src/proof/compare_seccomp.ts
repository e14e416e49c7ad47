import { SECCOMP_PROFILES } from "../config/schema.ts";
import { setInFile } from "../config/set_in_file.ts";
import { formatPosition, type Problem } from "../core/error.ts";
import { chooseProfile } from "../plan/seccomp/choose_profile.ts";
import { allowedValue, type Comparison, type Effective, scalarPlace } from "./effective.ts";

/**
 * A profile that is at least as tight as the ancestor's. What a profile lets through depends on the capabilities too:
 * those are compared on their own, and fewer of them never let more through.
 */
export function compareSeccomp(comparison: Comparison): Problem[] {
  const { child, ancestor } = comparison;
  const tightness = ({ merged }: Effective) => SECCOMP_PROFILES.indexOf(chooseProfile(merged));
  const limit = tightness(ancestor);
  if (tightness(child) >= limit) return [];
  const theirs = chooseProfile(ancestor.merged);
  const source = child.merged.scalars.seccomp;
  return [{
    code: "E_LOOSENED_SECCOMP",
    message: `Cannot set seccomp to ${chooseProfile(child.merged)}: ${theirs} by ${
      formatPosition(scalarPlace(ancestor, "seccomp"))
    }`,
    where: scalarPlace(child, "seccomp"),
    limit: scalarPlace(ancestor, "seccomp"),
    hints: [allowedValue("seccomp", SECCOMP_PROFILES.slice(limit).join(" or "), comparison)],
    fix: source && setInFile(source, ["config", "seccomp"], theirs),
  }];
}
