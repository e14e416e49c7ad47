import { jsonText } from "../../core/json_text.ts";
import { equivalentLaunch } from "../../plan/bwrap_equivalent.ts";
import { planToJson } from "../../plan/json.ts";
import type { Plan } from "../../plan/plan.ts";
import { renderBwrapScript } from "../../plan/render_bwrap.ts";
import { renderPlan } from "../../plan/render_text.ts";
import type { Invocation, Output } from "../invocation.ts";
import { prepareLaunch } from "../prepare_launch.ts";
import { resolveNode } from "../resolve_node.ts";

/** `redpak plan`. */
export async function plan({ flags, operands, globals, environment }: Invocation<"plan">): Promise<Output> {
  const [node = "", ...program] = operands;
  const path = await resolveNode(node, globals.root);
  const { admin } = flags;
  const compat = flags.compat ? "full" : "none";
  // Bubblewrap maps one id only.
  const hostIds = flags.format === "bwrap";
  const { plan, merged, facts } = await prepareLaunch({ path, admin, compat, hostIds, program, environment });
  if (flags.format !== "bwrap") return planOutput(plan(), flags.format ?? "text");
  const launch = equivalentLaunch(plan(), merged(), { arguments: program, facts });
  return {
    kind: "BwrapCommand",
    data: launch,
    text: () => renderBwrapScript(launch, "/usr/bin/bwrap").trimEnd(),
    warnings: merged().warnings,
  };
}

/** A plan to be read instead of done. */
export function planOutput(plan: Plan, format: "text" | "json"): Output {
  const data = planToJson(plan);
  return {
    kind: "Plan",
    data,
    text: () => format === "json" ? jsonText(data, 2) : renderPlan(plan).trimEnd(),
    warnings: plan.warnings,
  };
}
