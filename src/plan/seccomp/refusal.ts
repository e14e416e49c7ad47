import type { Capability } from "../operation.ts";
import { type FilterName, type Group, PROFILES } from "./profile.ts";

/** Why a profile refuses a system call, and what for. */
export interface Refusal {
  readonly profile: FilterName;
  readonly group: Group;
  /** Refused with some arguments only. */
  readonly inPart: boolean;
}

/** The first groups of a profile that refuse a call: whatever its arguments are, or else in part; none where it is allowed. */
export function refusalOf(name: FilterName, capabilities: readonly Capability[], call: string): Refusal | undefined {
  const base = PROFILES[name].extends;
  const found = (base === undefined ? [name] : [base, name]).flatMap((profile) =>
    PROFILES[profile].refuse
      .filter(({ calls, unless }) => calls.includes(call) && !unless?.some((one) => capabilities.includes(one)))
      .map((group) => ({ profile, group, inPart: (group.when ?? []).length > 0 }))
  );
  return found.find(({ inPart }) => !inPart) ?? found[0];
}
