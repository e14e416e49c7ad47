import { type LoadedRepositories, loadRepositories } from "../packages/repository/load_repositories.ts";
import { type NodeInvocation, type TrustedNode, trustedNode } from "./trusted_node.ts";

/** A node that packages are for, and the repositories that it has. */
export interface NodeRepositories extends LoadedRepositories, TrustedNode {}

/**
 * Reads the node that a command's first operand names, and its repositories.
 *
 * @throws {RedpakError} as `trustedNode` and `loadRepositories`
 */
export async function nodeRepositories(invocation: NodeInvocation): Promise<NodeRepositories> {
  const trusted = await trustedNode(invocation);
  const { family, facts, trust, gpgcheck } = trusted;
  return { ...loadRepositories(family, facts.architecture, trust, gpgcheck), ...trusted };
}
