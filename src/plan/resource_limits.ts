import type { MergedConfig } from "../config/merged.ts";
import { type Resource, type ResourceLimit, RESOURCES, UNLIMITED } from "../config/resource_limits.ts";
import type { Position } from "../core/error.ts";
import { type BuildContext, origin } from "./build_context.ts";
import { canStandIn, chooseDefaults } from "./default_limits.ts";
import type { Identity } from "./identity.ts";
import type { Operation } from "./operation.ts";

/**
 * What holds where no file says anything. The launcher's JavaScript runtime raises its limit on open files for itself:
 * the program gets the customary one. With a core file a handler of the host, run as root, would read the
 * program's memory (core_pattern in core(5)); real-time priority could keep all others from running.
 */
const DEFAULTS: Readonly<Partial<Record<Resource, ResourceLimit>>> = {
  core: { soft: 0n, hard: 0n },
  nofile: { soft: 1024n, hard: UNLIMITED },
  rtprio: { soft: 0n, hard: 0n },
};

export interface ChosenLimit extends ResourceLimit {
  readonly where: Position | undefined;
}

/** The limits of the program; unlimited where there is nothing to limit beyond what holds for the launcher. */
export function chooseLimit({ rlimits }: MergedConfig, resource: Resource): ChosenLimit {
  const limit = rlimits[resource]?.value ?? DEFAULTS[resource] ?? { soft: UNLIMITED, hard: UNLIMITED };
  return { ...limit, where: rlimits[resource]?.where };
}

/** What stands in for limits of a control group is there in addition: it confines no child, as those do not. */
export function buildLimits(context: BuildContext, identity: Identity): Operation[] {
  const { merged } = context;
  const standIns = chooseDefaults(context).filter((limit) => canStandIn(limit, context, identity));
  return RESOURCES.flatMap((name, resource): Operation[] => {
    const { soft, hard, where } = chooseLimit(merged, name);
    const limit = { operation: "rlimit", phase: "init", ...origin(where), resource } as const;
    if (merged.rlimits[name] !== undefined || DEFAULTS[name] !== undefined) {
      return [{ ...limit, soft, hard, unless: "" }];
    }
    return standIns.filter((standIn) => standIn.resource === name)
      .map(({ amount, file }) => ({ ...limit, soft: amount, hard: amount, unless: file }));
  });
}
