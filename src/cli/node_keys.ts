import type { Facts } from "../config/facts.ts";
import { loadKeys, type NodeKey } from "../packages/repository/repository_keys.ts";
import { loadFamily } from "../store/load_family.ts";
import { refuseUntrusted, trustOf } from "../store/trust.ts";
import type { CommandName } from "./commands.ts";
import { gatherFacts } from "./facts.ts";
import type { Invocation } from "./invocation.ts";
import { loadHostPolicy } from "./load_host_policy.ts";
import { resolveNode } from "./resolve_node.ts";

/**
 * Reads the node that a command's first operand names, and how to read its keys.
 *
 * @throws {RedpakError} as `loadFamily` and `refuseUntrusted`
 */
export async function nodeKeys(
  { operands, globals, environment }: Pick<Invocation<CommandName>, "operands" | "globals" | "environment">,
): Promise<{ readonly node: string; readonly facts: Facts; readonly load: () => NodeKey[] }> {
  const family = await loadFamily(await resolveNode(operands[0] ?? "", globals.root));
  const facts = gatherFacts(environment);
  const policy = await loadHostPolicy(facts);
  refuseUntrusted(family, facts.uid, policy?.owners);
  return { node: family[0].path, facts, load: () => loadKeys(family, trustOf(facts.uid, policy?.owners)) };
}
