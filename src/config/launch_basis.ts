import { sha256 } from "../core/sha256.ts";
import { idBase } from "./id_range.ts";
import type { RedNode, TextFile } from "./node.ts";

/** What a launch follows from, short enough to be kept: what it was certified as can be compared with it. */
export interface LaunchBasis {
  /** Something but the configuration decides as well: options of redpak 2.5, or its way to read files. */
  readonly altered: boolean;
  /** The configurations of the family, and the profiles that they name. */
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
  /** The node and its ancestors. */
  readonly nodes: readonly { readonly path: string; readonly alias: string; readonly ids: number }[];
}

/** @param family as it was read */
export async function launchBasis(
  family: readonly (RedNode & { readonly files: readonly TextFile[] })[],
  altered: boolean,
): Promise<LaunchBasis> {
  const files = new Map(family.flatMap(({ files }) => files.map(({ path, bytes }) => [path, bytes])));
  return {
    altered,
    files: await Promise.all([...files].map(async ([name, bytes]) => ({ name, sha256: await sha256(bytes) }))),
    nodes: family.map((node) => ({ path: node.path, alias: node.normal.config.headers.alias, ids: idBase(node) })),
  };
}
