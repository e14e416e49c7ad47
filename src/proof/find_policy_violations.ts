import type { MergedConfig, MergedSharing } from "../config/merged.ts";
import type { Family } from "../config/node.ts";
import { formatPosition, type Problem } from "../core/error.ts";
import type { NamespaceChoices } from "../plan/namespaces.ts";
import { type Effective, type Moment, toEffective } from "./effective.ts";
import { findCommands } from "./find_commands.ts";
import { DIMENSIONS } from "./find_loosenings.ts";
import type { PolicyLimits } from "./policy_limits.ts";

/**
 * Where the launch of a family's leaf would exceed what the host policy allows on this machine. The policy is the
 * outermost doll; unlike a node, it limits only what it mentions. The directory of the family's root is not its to grant.
 *
 * A source that depends on a command is judged once its output is given.
 *
 * @param merged configuration of the family, as it is to be launched
 */
export function findPolicyViolations(
  family: Family,
  merged: MergedConfig,
  limits: PolicyLimits,
  moment: Moment,
): Problem[] {
  const child = toEffective(merged, moment);
  const branch = (family.at(-1) ?? family[0]).path;
  const comparison = { child, ancestor: complete(limits, child), branch, limiter: "host policy" as const };
  const commands = limits.commands;
  return [
    ...DIMENSIONS.flatMap((compare) => compare(comparison)).map(toViolation),
    ...commands === undefined ? [] : findCommands(merged, "E_POLICY_COMMAND", formatPosition(commands)),
  ];
}

/** The policy as a doll: what it does not mention it has from the child, which is not looser than itself. */
function complete(limits: PolicyLimits, child: Effective): Effective {
  const { leaf, scalars, ids } = limits.merged;
  return {
    merged: {
      ...child.merged,
      leaf,
      ids: scalars["set-user"] === undefined ? child.merged.ids : ids,
      scalars: { ...child.merged.scalars, ...scalars },
      network: { ...child.merged.network, ...limits.merged.network },
      devices: limits.devices ?? child.merged.devices,
      rlimits: { ...child.merged.rlimits, ...limits.merged.rlimits },
      exports: limits.exports ?? child.merged.exports,
      capabilities: limits.capabilities === undefined ? child.merged.capabilities : limits.merged.capabilities,
    },
    namespaces: completeNamespaces(limits, child),
    capabilities: limits.capabilities ?? child.capabilities,
    isPending: limits.exports === undefined ? child.isPending : () => false,
  };
}

function completeNamespaces({ merged: { sharing }, namespaces }: PolicyLimits, child: Effective): NamespaceChoices {
  const mentioned = Object.entries(namespaces).filter(([name]) => sharing[name as keyof MergedSharing] !== undefined);
  return { ...child.namespaces, ...Object.fromEntries(mentioned) };
}

function toViolation(problem: Problem): Problem {
  return { ...problem, code: problem.code.replace("E_LOOSENED", "E_POLICY") };
}
