import type { Family } from "../config/node.ts";
import { standsOnHost } from "../config/stands_on_host.ts";
import { HOST } from "../packages/database/holders.ts";

/** Who has packages for a node: the directories of itself and its ancestors, and `HOST` where the family stands on it. */
export function packagePlaces(family: Family): string[] {
  return [...family.map(({ path }) => path), ...standsOnHost(family) ? [HOST] : []];
}
