import type { Facts } from "../config/facts.ts";
import { mergeFamily } from "../config/merge.ts";
import type { MergedConfig } from "../config/merged.ts";
import type { RedNode } from "../config/node.ts";
import { forbiddenCommands, type PolicyFile, refusePolicy } from "../config/policy.ts";
import { BIND_MODES } from "../config/schema.ts";
import { withProfile } from "../config/with_profile.ts";
import { type Position, type Problem, RedpakError } from "../core/error.ts";
import { quote } from "../core/quote.ts";
import { BuildContext } from "../plan/build_context.ts";
import { chooseCapabilities } from "../plan/capabilities.ts";
import { chooseNamespaces, type NamespaceChoices } from "../plan/namespaces.ts";
import type { Capability } from "../plan/operation.ts";
import type { ExportLine } from "./host_access.ts";

/** What the host policy comes to on a machine. What it does not mention is absent, and not limited. */
export interface PolicyLimits {
  readonly merged: MergedConfig;
  readonly namespaces: NamespaceChoices;
  readonly exports: readonly ExportLine[] | undefined;
  readonly capabilities: ReadonlySet<Capability> | undefined;
  readonly devices: MergedConfig["devices"] | undefined;
  /** Where commands of configurations are forbidden. */
  readonly commands: Position | undefined;
}

/**
 * Reads the limits as if they were the configuration of a node around all others.
 *
 * @throws {RedpakError} `E_POLICY_INVALID` where the policy contradicts itself, or names what the machine does not know
 */
export function readPolicyLimits(policy: PolicyFile, facts: Facts): PolicyLimits {
  const node = toNode(policy);
  const { config } = withProfile(node.normal).config;
  const merged = attemptMerge(node, policy.file, facts);
  const context = new BuildContext(merged, { arguments: [], facts });
  const namespaces = chooseNamespaces(context);
  const capabilities = new Set(chooseCapabilities(context));
  refusePolicy(policy.file, [...context.problems, ...refuseRoot(merged)]);
  return {
    merged,
    namespaces,
    exports: listGrants(policy, node),
    capabilities: config?.capabilities === undefined ? undefined : capabilities,
    devices: config?.devices === undefined ? undefined : merged.devices,
    commands: forbiddenCommands(policy),
  };
}

/** It reads like a limit, and is none. */
function refuseRoot({ ids, scalars: { "set-user": user } }: MergedConfig): Problem[] {
  if (user === undefined || ids.uid !== 0) return [];
  return [{
    code: "E_POLICY_ROOT",
    message: `Cannot limit nodes to user ${quote(user.value)}: root can become anybody`,
    where: user.where,
    hints: ["leave set-user out where any user will do"],
  }];
}

function attemptMerge(node: RedNode, file: string, facts: Facts): MergedConfig {
  try {
    return withGroup(mergeFamily([node], { admin: false, facts }));
  } catch (error) {
    if (error instanceof RedpakError) refusePolicy(file, error.problems);
    throw error;
  }
}

/** Who names a user names a group with it: nobody else's can stand in for it. */
function withGroup(merged: MergedConfig): MergedConfig {
  const { ids, scalars } = merged;
  const { "set-user": user, "set-group": group } = scalars;
  if (user === undefined || group !== undefined) return merged;
  return { ...merged, scalars: { ...scalars, "set-group": { ...user, value: String(ids.gid) } } };
}

function toNode({ file, policy: { limits }, locate, profile }: PolicyFile): RedNode {
  return {
    path: "/",
    status: { file, status: { realpath: "/", timestamp: 0, state: "Enable" }, locate },
    normal: {
      part: "normal",
      file,
      config: { headers: { alias: "policy" }, config: limits?.config },
      locate: (path) => locate(["limits", ...path]),
      written: () => undefined,
      profile,
    },
  };
}

/**
 * What a policy grants are paths of the host, wherever a node shows them: each stands for itself and what lies below it,
 * as far as no deeper one says something else. Procfs and its like have no path.
 */
function listGrants({ policy: { limits } }: PolicyFile, node: RedNode): readonly ExportLine[] | undefined {
  return limits?.exports?.map(({ mode, mount, path = mount }, index): ExportLine => {
    const place = BIND_MODES.includes(mode) ? path : mode === "Tmpfs" ? mount : "";
    const where = node.normal.locate(["exports", index]);
    return { value: { mode, mount: place, path: place }, node, part: "normal", where };
  });
}
