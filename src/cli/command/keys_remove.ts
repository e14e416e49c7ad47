import { changeNodeFiles } from "../../packages/repository/change_node_file.ts";
import { planKeyRemoval } from "../../packages/repository/edit_keys.ts";
import { describeKey } from "../accept_keys.ts";
import { confirm } from "../confirm.ts";
import type { Invocation, Output } from "../invocation.ts";
import { nodeKeys } from "../node_keys.ts";

/** `redpak keys remove`. */
export async function keysRemove(invocation: Invocation<"keys remove">): Promise<Output> {
  const { flags, operands, globals } = invocation;
  const { node, facts, load } = await nodeKeys(invocation);
  const { keys, change } = planKeyRemoval(node, operands[1] ?? "", load());
  const names = keys.map(describeKey);
  const dryRun = flags["dry-run"];
  const confirmed = dryRun || globals.yes ||
    confirm(`Believe no longer what is signed with ${names.join(", ")}?`, "--yes removes without asking");
  if (confirmed && !dryRun && change !== undefined) changeNodeFiles(node, [change], facts.uid);
  return {
    kind: "Change",
    data: {
      action: "keys remove",
      node,
      dryRun,
      changed: confirmed,
      file: change?.file,
      fingerprints: keys.map(({ fingerprint }) => fingerprint),
    },
    text: () => {
      const verb = dryRun ? "would remove" : confirmed ? "removed" : "kept";
      return names.map((name) => `${verb} ${name}`).join("\n");
    },
  };
}
