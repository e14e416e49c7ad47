import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import { findProviders, type FoundPackage, searchPackages } from "../../packages/solve/find_available.ts";
import type { World } from "../../packages/solve/resolve.ts";
import { foundTable, toFoundData } from "../found_packages.ts";
import type { Invocation, Output } from "../invocation.ts";
import { nodeRepositories } from "../node_repositories.ts";
import { nodeWorld } from "../node_world.ts";

/** `redpak search`. */
export function search(invocation: Invocation<"search">): Promise<Output> {
  const words = invocation.operands.slice(1);
  return look(invocation, words.join(" "), (world) => searchPackages(world, words));
}

/** `redpak provides`. */
export function provides(invocation: Invocation<"provides">): Promise<Output> {
  const word = invocation.operands[1]!;
  return look(invocation, word, (world) => findProviders(world, word));
}

async function look(
  invocation: Invocation<"search" | "provides">,
  what: string,
  find: (world: World) => Promise<FoundPackage[]>,
): Promise<Output> {
  const repositories = await nodeRepositories(invocation);
  using prepared = await nodeWorld(repositories, invocation.globals);
  const packages = await find(prepared.world);
  if (packages.length === 0) {
    const { node } = repositories;
    const hasRepositories = prepared.world.available.length > 0;
    throw new RedpakError({
      code: "E_PACKAGE_NOT_FOUND",
      exit: EXIT.notFound,
      message: `Cannot find ${quote(what)}: ${hasRepositories ? "no repository and no" : "no"} installed package of ${
        quote(node)
      } has it`,
      hints: [
        hasRepositories ? `redpak list ${node} --available` : "redpak repo add adds a repository: none is enabled",
      ],
    });
  }
  return {
    kind: "FoundPackages",
    data: { node: repositories.node, packages: packages.map(toFoundData) },
    text: (style) => foundTable(packages, style),
    warnings: prepared.warnings,
  };
}
