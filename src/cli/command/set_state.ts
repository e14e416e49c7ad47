import { escapeText } from "../../core/escape.ts";
import { planState, setState, type State } from "../../store/set_state.ts";
import type { Invocation, Output } from "../invocation.ts";
import { resolveNode } from "../resolve_node.ts";

/** `redpak enable`. */
export function enable(invocation: Invocation<"enable">): Promise<Output> {
  return change(invocation, "Enable");
}

/** `redpak disable`. */
export function disable(invocation: Invocation<"disable">): Promise<Output> {
  return change(invocation, "Disable");
}

async function change(
  { flags, operands, globals }: Invocation<"enable" | "disable">,
  to: State,
): Promise<Output> {
  const node = await resolveNode(operands[0] ?? "", globals.root);
  const dryRun = flags["dry-run"];
  const { path, from } = await (dryRun ? planState : setState)(node, to, Date.now());
  const verb = to.toLowerCase();
  const changed = from !== to;
  return {
    kind: "Change",
    data: { action: verb, node: path, dryRun, changed, from, to },
    text: () => {
      if (!changed) return `${escapeText(path)} is ${verb}d already`;
      return dryRun ? `would ${verb} ${escapeText(path)}` : `${verb}d ${escapeText(path)}`;
    },
  };
}
