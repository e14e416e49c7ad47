import { holdersOf } from "../packages/database/holders.ts";
import { availableNames } from "../packages/solve/find_available.ts";
import { loadFamily } from "../store/load_family.ts";
import type { Invocation } from "./invocation.ts";
import { nodeRepositories } from "./node_repositories.ts";
import { nodeWorld } from "./node_world.ts";
import { packagePlaces } from "./package_places.ts";
import { resolveNode } from "./resolve_node.ts";
import type { Candidate } from "./wanted_words.ts";

/** Commands for what a node itself has, and for what it and its ancestors have; all others are for what can be installed. */
const OWN = ["remove", "update", "downgrade", "reinstall"];
const FAMILY = ["info", "why"];

/**
 * Names of packages that a command could be about. Nobody is asked and nothing is made: of repositories that which is known
 * already counts.
 *
 * @param node the operand that names the node
 * @param start what the names begin with
 */
export async function packageNames(
  command: string,
  node: string,
  start: string,
  { globals, environment }: Pick<Invocation<"complete">, "globals" | "environment">,
): Promise<Candidate[]> {
  if (OWN.includes(command) || FAMILY.includes(command)) {
    const family = await loadFamily(await resolveNode(node, globals.root));
    const holders = holdersOf(OWN.includes(command) ? [family[0].path] : packagePlaces(family));
    return candidates(holders.flatMap((holder) => {
      using database = holder.open();
      return database?.map((header) => [header.basics.name, header.basics.summary] as const) ?? [];
    }));
  }
  const repositories = await nodeRepositories({ operands: [node], globals, environment });
  using prepared = await nodeWorld(repositories, { ...globals, quiet: true }, true);
  return candidates(availableNames(prepared.world, start));
}

function candidates(names: readonly (readonly [name: string, summary: string])[]): Candidate[] {
  return [...new Map(names)].map(([word, meaning]) => ({ word, meaning })).sort((a, b) => a.word < b.word ? -1 : 1);
}
