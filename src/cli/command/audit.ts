import { formatPosition } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { EXIT } from "../../core/exit_code.ts";
import { observeNode } from "../../launch/observe_node.ts";
import { type Drift, findDrift } from "../../proof/find_drift.ts";
import type { Style } from "../../view/style.ts";
import type { Invocation, Output } from "../invocation.ts";
import { runningNode } from "../running.ts";

/** `redpak audit`. */
export function audit(invocation: Invocation<"audit">): Output {
  const { kernel, node } = runningNode(invocation);
  const { id, plan } = node.record;
  const drifts = findDrift(plan, observeNode(kernel, node));
  return {
    kind: "Audit",
    data: { id, node: plan.node, drifts },
    text: (style) =>
      drifts.length === 0
        ? `${escapeText(id)} is as its plan says`
        : drifts.map((drift) => driftLines(drift, style)).join("\n"),
    exit: drifts.length === 0 ? EXIT.success : EXIT.failed,
  };
}

function driftLines({ subject, expected, found, where }: Drift, style: Style): string {
  return [
    `${style.red(escapeText(subject))}: expected ${escapeText(expected)}, found ${escapeText(found)}`,
    ...where === undefined ? [] : [`  configured at ${escapeText(formatPosition(where))}`],
  ].join("\n");
}
