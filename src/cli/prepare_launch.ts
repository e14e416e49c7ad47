import type { CommandOutputs } from "../config/facts.ts";
import { mergeFamily } from "../config/merge.ts";
import type { MergedConfig } from "../config/merged.ts";
import { buildPlan } from "../plan/build.ts";
import type { Plan } from "../plan/plan.ts";
import { type LoadedFamily, loadFamily } from "../store/load_family.ts";
import { refuseUntrusted } from "../store/trust.ts";
import { gatherFacts } from "./facts.ts";

export interface LaunchRequest {
  readonly path: string;
  readonly admin: boolean;
  /** The program and its arguments; empty for the node's shell. */
  readonly program: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly reportDescriptor?: number | undefined;
}

/** A launch, decided as far as it can be without running a command of the configuration. */
export interface PreparedLaunch {
  readonly family: LoadedFamily;
  /** The plan; complete when it is given the outputs of the commands that it lists as pending without them. */
  readonly plan: (outputs?: CommandOutputs) => Plan;
}

/**
 * Reads what a launch depends on, and refuses what is not trusted.
 *
 * @throws {RedpakError} as `loadFamily`, `refuseUntrusted` and `mergeFamily`
 */
export async function prepareLaunch(request: LaunchRequest): Promise<PreparedLaunch> {
  const { path, admin, environment, reportDescriptor } = request;
  const family = await loadFamily(path, { admin });
  const facts = gatherFacts(environment);
  refuseUntrusted(family, facts.uid);
  const merged = mergeFamily(family, { admin, facts });
  return {
    family,
    plan(outputs) {
      const complete: MergedConfig = outputs === undefined ? merged : mergeFamily(family, { admin, facts, outputs });
      return buildPlan(complete, {
        arguments: request.program,
        facts,
        ...outputs === undefined ? {} : { outputs },
        ...reportDescriptor === undefined ? {} : { reportDescriptor },
      });
    },
  };
}
