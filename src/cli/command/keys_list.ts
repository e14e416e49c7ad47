import { invalidity } from "../../../ffi/librpm/openpgp.ts";
import { escapeText } from "../../core/escape.ts";
import type { NodeKey } from "../../packages/repository/repository_keys.ts";
import { describeKey } from "../accept_keys.ts";
import type { Invocation, Output } from "../invocation.ts";
import { nodeKeys } from "../node_keys.ts";

/** `redpak keys list`: those of the node and of its ancestors. */
export async function keysList(invocation: Invocation<"keys list">): Promise<Output> {
  const { node, load } = await nodeKeys(invocation);
  const keys = load();
  const now = Date.now() / 1000;
  return {
    kind: "Keys",
    data: {
      node,
      keys: keys.map(({ parts: _, createdAt, expiresAt, ...key }) => ({
        ...key,
        createdAt: toIso(createdAt),
        expiresAt: expiresAt === undefined ? null : toIso(expiresAt),
      })),
    },
    text: (style) => {
      if (keys.length === 0) return `no key in ${escapeText(node)}`;
      return keys.flatMap((key) => [style.bold(describeKey(key)), `  ${lineOf(key, now)}`]).join("\n");
    },
  };
}

function lineOf(key: NodeKey, now: number): string {
  const end = invalidity(key, now) ??
    (key.expiresAt === undefined ? "does not expire" : `expires on ${toIso(key.expiresAt).slice(0, 10)}`);
  return `${escapeText(key.file)}, made on ${toIso(key.createdAt).slice(0, 10)}, ${end}`;
}

function toIso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
