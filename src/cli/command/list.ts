import { RedpakError } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { EXIT } from "../../core/exit_code.ts";
import { holdersOf, packagesOf } from "../../packages/database/holders.ts";
import { listAvailable } from "../../packages/solve/find_available.ts";
import { resolve } from "../../packages/solve/resolve.ts";
import { loadFamily } from "../../store/load_family.ts";
import { formatBytes } from "../../view/quantity.ts";
import { tableLines } from "../../view/table.ts";
import type { Invocation, Output } from "../invocation.ts";
import { nodeRepositories } from "../node_repositories.ts";
import { nodeWorld } from "../node_world.ts";
import { foundTable, toFoundData } from "../found_packages.ts";
import { resolveNode } from "../resolve_node.ts";

/** `redpak list`. */
export function list(invocation: Invocation<"list">): Promise<Output> {
  const { all, available, updates } = invocation.flags;
  if ([all, available, updates].filter(Boolean).length > 1) {
    throw new RedpakError({
      code: "E_USAGE",
      exit: EXIT.usage,
      message: "Cannot list several things at once: --all, --available and --updates exclude each other",
    });
  }
  return available ? listOthers(invocation) : updates ? listUpdates(invocation) : listInstalled(invocation);
}

async function listInstalled({ operands, flags, globals }: Invocation<"list">): Promise<Output> {
  const family = await loadFamily(await resolveNode(operands[0]!, globals.root));
  const nodes = flags.all ? family : [family[0]];
  const packages = holdersOf(nodes.map(({ path }) => path)).flatMap((holder) =>
    packagesOf(holder).map((one) => ({
      node: holder.node,
      name: one.name,
      evr: one.evr,
      arch: one.arch,
      summary: one.summary,
      sizeBytes: one.size,
      installedAt: new Date(one.installedAt * 1000).toISOString(),
    }))
  );
  return {
    kind: "Packages",
    data: { node: family[0].path, packages },
    text: (style) => {
      const [head = "", ...lines] = tableLines([
        ["NAME", "VERSION", "ARCH", "SIZE", "INSTALLED", ...flags.all ? ["NODE"] : []],
        ...packages.map((one) => [
          escapeText(one.name),
          escapeText(one.evr),
          escapeText(one.arch),
          formatBytes(one.sizeBytes),
          one.installedAt.slice(0, 10),
          ...flags.all ? [escapeText(one.node)] : [],
        ]),
      ]);
      return packages.length === 0 ? "no packages" : [style.bold(head), ...lines].join("\n");
    },
  };
}

async function listOthers(invocation: Invocation<"list">): Promise<Output> {
  const repositories = await nodeRepositories(invocation);
  using prepared = await nodeWorld(repositories, invocation.globals);
  const packages = await listAvailable(prepared.world);
  return {
    kind: "FoundPackages",
    data: { node: repositories.node, packages: packages.map(toFoundData) },
    text: (style) => foundTable(packages, style),
    warnings: prepared.warnings,
  };
}

/** What `redpak update` would update. */
async function listUpdates(invocation: Invocation<"list">): Promise<Output> {
  const repositories = await nodeRepositories(invocation);
  using prepared = await nodeWorld(repositories, invocation.globals);
  const { steps } = await resolve(prepared.world, { action: "update", words: [] });
  const packages = steps.filter(({ kind }) => kind === "upgrade").map(({ package: nevra, replaces, origin }) => ({
    ...nevra,
    installed: replaces[0]?.evr ?? null,
    repository: origin?.repository ?? null,
    downloadBytes: origin?.size ?? 0,
  }));
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
