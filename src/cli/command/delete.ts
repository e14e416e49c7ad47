import { deleteNode, type Deletion, planDeletion } from "../../store/delete_node.ts";
import { printable } from "../../view/printable.ts";
import { confirm } from "../confirm.ts";
import type { Invocation, Output } from "../invocation.ts";
import { resolveNode } from "../resolve_node.ts";

/** `redpak delete`. */
export async function delete_({ flags, operands, globals }: Invocation<"delete">): Promise<Output> {
  const deletion = await planDeletion(await resolveNode(operands[0] ?? "", globals.root), {
    recursive: flags.recursive,
  });
  const dryRun = flags["dry-run"];
  const confirmed = dryRun || globals.yes || confirm(question(deletion), "--yes deletes without asking");
  if (confirmed && !dryRun) deleteNode(deletion);
  const { path, children } = deletion;
  const verb = dryRun ? "would delete" : confirmed ? "deleted" : "kept";
  return {
    kind: "Change",
    data: { action: "delete", node: path, dryRun, changed: confirmed, children },
    text: () => [path, ...children].map((node) => `${verb} ${printable(node)}`).join("\n"),
  };
}

function question({ path, children }: Deletion): string {
  const inside = children.length === 0 ? "" : ` and the ${children.length} node(s) inside it`;
  return `Delete ${printable(path)}${inside}, with all data?`;
}
