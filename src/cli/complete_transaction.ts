import { RedpakError } from "../core/error.ts";

/**
 * Finishes the transaction of a node that something has stopped.
 *
 * @returns whether it is finished; not where the caller may not do that, or somebody else is at it
 */
export async function completeTransaction(node: string): Promise<boolean> {
  const { libc } = await import("../../ffi/libc/libc.ts");
  const { lockNode } = await import("../store/lock_node.ts");
  const { openLockedContent } = await import("../packages/generation/node_content.ts");
  const { recover } = await import("../packages/generation/recover.ts");
  try {
    using lock = lockNode(node);
    using content = openLockedContent(libc(), node, lock);
    await recover(content);
    return true;
  } catch (error) {
    if (error instanceof RedpakError && (error.code === "E_BUSY" || error.code === "E_NOT_PERMITTED")) return false;
    throw error;
  }
}
