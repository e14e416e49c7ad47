import type { Facts } from "../config/facts.ts";
import type { Position } from "../core/error.ts";
import { type LoadedFamily, loadFamily } from "../store/load_family.ts";
import { refuseUntrusted, type Trust, trustOf } from "../store/trust.ts";
import type { CommandName } from "./commands.ts";
import { gatherFacts } from "./facts.ts";
import type { Invocation } from "./invocation.ts";
import { loadHostPolicy } from "./load_host_policy.ts";
import { resolveNode } from "./resolve_node.ts";

/** What a command about a node is called with. */
export type NodeInvocation = Pick<Invocation<CommandName>, "operands" | "globals" | "environment">;

/** A node that packages are for, whose configuration may decide about them. */
export interface TrustedNode {
  readonly family: LoadedFamily;
  /** Absolute path of the node. */
  readonly node: string;
  readonly facts: Facts;
  readonly trust: Trust;
  /** Where the host policy says that packages have to be signed. */
  readonly gpgcheck: Position | undefined;
}

/**
 * Reads the node that a command's first operand names.
 *
 * @throws {RedpakError} as `loadFamily` and `refuseUntrusted`
 */
export async function trustedNode({ operands, globals, environment }: NodeInvocation): Promise<TrustedNode> {
  const family = await loadFamily(await resolveNode(operands[0] ?? "", globals.root));
  const facts = gatherFacts(environment);
  const policy = await loadHostPolicy(facts);
  refuseUntrusted(family, facts.uid, policy?.owners);
  return { family, node: family[0].path, facts, trust: trustOf(facts.uid, policy?.owners), gpgcheck: policy?.gpgcheck };
}
