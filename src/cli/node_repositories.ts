import type { Facts } from "../config/facts.ts";
import { type LoadedRepositories, loadRepositories } from "../packages/repository/load_repositories.ts";
import { type LoadedFamily, loadFamily } from "../store/load_family.ts";
import { refuseUntrusted, type Trust, trustOf } from "../store/trust.ts";
import type { CommandName } from "./commands.ts";
import { gatherFacts } from "./facts.ts";
import type { Invocation } from "./invocation.ts";
import { loadHostPolicy } from "./load_host_policy.ts";
import { resolveNode } from "./resolve_node.ts";

/** A node that packages are for, and the repositories that it has. */
export interface NodeRepositories extends LoadedRepositories {
  readonly family: LoadedFamily;
  /** Absolute path of the node. */
  readonly node: string;
  readonly facts: Facts;
  readonly trust: Trust;
}

/**
 * Reads the node that a command's first operand names, and its repositories.
 *
 * @throws {RedpakError} as `loadFamily`, `refuseUntrusted` and `loadRepositories`
 */
export async function nodeRepositories(
  { operands, globals, environment }: Pick<Invocation<CommandName>, "operands" | "globals" | "environment">,
): Promise<NodeRepositories> {
  const family = await loadFamily(await resolveNode(operands[0] ?? "", globals.root));
  const facts = gatherFacts(environment);
  const policy = await loadHostPolicy(facts);
  refuseUntrusted(family, facts.uid, policy?.owners);
  const trust = trustOf(facts.uid, policy?.owners);
  const loaded = loadRepositories(family, facts.architecture, trust);
  return { ...loaded, family, node: family[0].path, facts, trust };
}
