import { loadKeys, type NodeKey } from "../packages/repository/repository_keys.ts";
import { type NodeInvocation, type TrustedNode, trustedNode } from "./trusted_node.ts";

/**
 * Reads the node that a command's first operand names, and how to read its keys.
 *
 * @throws {RedpakError} as `trustedNode`
 */
export async function nodeKeys(invocation: NodeInvocation): Promise<TrustedNode & { readonly load: () => NodeKey[] }> {
  const trusted = await trustedNode(invocation);
  return { ...trusted, load: () => loadKeys(trusted.family, trusted.trust) };
}
