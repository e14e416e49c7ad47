import { escapeText } from "../../core/escape.ts";
import { stopNode } from "../../launch/stop_node.ts";
import type { Invocation, Output } from "../invocation.ts";
import { runningNode, runningNodes } from "../running.ts";
import { usage } from "../split_words.ts";

/** Seconds between SIGTERM and SIGKILL. */
const GRACE = 10;

/** `redpak stop`. */
export function stop(invocation: Invocation<"stop">): Output {
  const grace = readSeconds(invocation.flags.time);
  const { kernel, node } = runningNode(invocation);
  const { id, node: path } = node.record;
  const result = stopNode(kernel, node, grace * 1000);
  // Whoever looks removes what a node without a supervisor leaves.
  runningNodes(invocation);
  return {
    kind: "Stop",
    data: { id, node: path, killed: result === "killed" },
    text: () => `${result === "killed" ? "killed" : "stopped"} ${escapeText(id)}`,
  };
}

function readSeconds(text: string | undefined): number {
  if (text === undefined) return GRACE;
  if (/^\d{1,6}(\.\d{1,3})?$/.test(text)) return Number(text);
  throw usage(`Cannot wait for "${text}": expected a number of seconds`, "as in --time 2.5");
}
