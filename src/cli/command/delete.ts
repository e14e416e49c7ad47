import { RedpakError } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { isWithin } from "../../core/path.ts";
import { parseMountInfo } from "../../host/mount_info.ts";
import { readSpecial } from "../../host/read_special.ts";
import { deleteNode, type Deletion, planDeletion } from "../../store/delete_node.ts";
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
  if (confirmed && !dryRun) {
    refuseMounts(deletion.path);
    deleteNode(deletion);
  }
  const { path, children } = deletion;
  const verb = dryRun ? "would delete" : confirmed ? "deleted" : "kept";
  return {
    kind: "Change",
    data: { action: "delete", node: path, dryRun, changed: confirmed, children },
    text: () => [path, ...children].map((node) => `${verb} ${escapeText(node)}`).join("\n"),
  };
}

/** Also finds binds of the very file system that the node lies on, whose content is somebody else's. */
function refuseMounts(path: string): void {
  const mount = parseMountInfo(readSpecial("/proc/self/mountinfo")).find(({ mountPoint }) =>
    isWithin(mountPoint, path)
  );
  if (mount === undefined) return;
  throw new RedpakError({
    code: "E_MOUNTED",
    message: `Cannot delete "${path}": something is mounted on "${mount.mountPoint}"`,
    hints: [`umount ${mount.mountPoint}`],
  });
}

function question({ path, children }: Deletion): string {
  const inside = children.length === 0 ? "" : ` and the ${children.length} node(s) inside it`;
  return `Delete ${escapeText(path)}${inside}, with all data?`;
}
