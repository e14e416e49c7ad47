import { escapeText } from "../core/escape.ts";
import { findNotInstalled } from "../packages/solve/find_available.ts";
import { resolve } from "../packages/solve/resolve.ts";
import { formatBytes } from "../view/quantity.ts";
import { tableLines } from "../view/table.ts";
import { foundTable, toFoundData } from "./found_packages.ts";
import type { Invocation, Output } from "./invocation.ts";
import { nodeRepositories } from "./node_repositories.ts";
import { nodeWorld } from "./node_world.ts";

/** `redpak list --available`. */
export async function listAvailable(invocation: Invocation<"list">): Promise<Output> {
  const repositories = await nodeRepositories(invocation);
  using prepared = await nodeWorld(repositories, invocation.globals);
  const packages = await findNotInstalled(prepared.world);
  return {
    kind: "FoundPackages",
    data: { node: repositories.node, packages: packages.map(toFoundData) },
    text: (style) => foundTable(packages, style),
    warnings: prepared.warnings,
  };
}

/** `redpak list --updates`: what `redpak update` would update. */
export async function listUpdates(invocation: Invocation<"list">): Promise<Output> {
  const repositories = await nodeRepositories(invocation);
  using prepared = await nodeWorld(repositories, invocation.globals);
  const { steps } = await resolve(prepared.world, { action: "update", words: [] });
  const packages = steps.filter(({ kind }) => kind === "upgrade").map(({ package: nevra, replaces, origin }) => ({
    ...nevra,
    installed: replaces[0]?.evr ?? null,
    repository: origin?.repository ?? null,
    downloadBytes: origin?.size ?? 0,
  })).sort((one, other) => one.name < other.name ? -1 : 1);
  return {
    kind: "Updates",
    data: { node: repositories.node, packages },
    text: (style) => {
      if (packages.length === 0) return "no updates";
      const [head = "", ...lines] = tableLines([
        ["NAME", "INSTALLED", "NEW", "ARCH", "REPOSITORY", "SIZE"],
        ...packages.map((one) => [
          ...[one.name, one.installed ?? "-", one.evr, one.arch, one.repository ?? "-"].map(escapeText),
          formatBytes(one.downloadBytes),
        ]),
      ]);
      return [style.bold(head), ...lines].join("\n");
    },
    warnings: prepared.warnings,
  };
}
