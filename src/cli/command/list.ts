import { RedpakError } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { EXIT } from "../../core/exit_code.ts";
import { holdersOf, packagesOf } from "../../packages/database/holders.ts";
import { nodeDirectory } from "../../store/node_path.ts";
import { formatBytes } from "../../view/quantity.ts";
import { tableLines } from "../../view/table.ts";
import type { Invocation, Output } from "../invocation.ts";
import { resolveNode } from "../resolve_node.ts";

/** `redpak list`. What repositories are for is loaded only where they are asked for. */
export async function list(invocation: Invocation<"list">): Promise<Output> {
  const { all, available, updates } = invocation.flags;
  if ([all, available, updates].filter(Boolean).length > 1) {
    throw new RedpakError({
      code: "E_USAGE",
      exit: EXIT.usage,
      message: "Cannot list several things at once: --all, --available and --updates exclude each other",
    });
  }
  if (!available && !updates) return await listInstalled(invocation);
  const { listAvailable, listUpdates } = await import("../list_installable.ts");
  return await (available ? listAvailable : listUpdates)(invocation);
}

async function listInstalled({ operands, flags, globals }: Invocation<"list">): Promise<Output> {
  const [node, places] = await placesOf(await resolveNode(operands[0]!, globals.root), flags.all);
  const packages = holdersOf(places).flatMap((holder) =>
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
    data: { node, packages },
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

/** The path of the node, and who has the packages. What it has itself is so whatever its configuration says, which is not read. */
async function placesOf(name: string, all: boolean): Promise<[node: string, places: readonly string[]]> {
  if (!all) {
    const node = nodeDirectory(name);
    return [node, [node]];
  }
  const [{ loadFamily }, { packagePlaces }] = await Promise.all([
    import("../../store/load_family.ts"),
    import("../package_places.ts"),
  ]);
  const family = await loadFamily(name);
  return [family[0].path, packagePlaces(family)];
}
