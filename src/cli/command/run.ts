import { LAUNCHER } from "../../store/node_files.ts";
import { isThere } from "../is_there.ts";
import type { Invocation, Output } from "../invocation.ts";
import { resolveNode } from "../resolve_node.ts";

/** `redpak run`. Comes back only from a dry run: on success the process has become the node's supervisor, for as long as that is needed. */
export async function run({ flags, operands, globals, environment }: Invocation<"run">): Promise<Output> {
  const [node = "", ...program] = operands;
  const path = await resolveNode(node, globals.root);
  const isPlain = Object.values(flags).every((value) => value === undefined || value === false);
  if (isPlain && isThere(`${path}/${LAUNCHER}`)) {
    const { startByLauncher } = await import("../start_by_launcher.ts");
    startByLauncher({ path, program, environment });
  }
  // Everything that reads configurations, which is most of redpak.
  const { runNode } = await import("../run_node.ts");
  return await runNode({ path, program }, { flags, globals, environment });
}
