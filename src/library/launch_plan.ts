import type { PendingCommand } from "../config/merged.ts";
import type { Position, Problem } from "../core/error.ts";
import { planToJson } from "../plan/json.ts";
import type { Phase } from "../plan/operation.ts";
import type { Plan } from "../plan/plan.ts";
import { renderPlan } from "../plan/render_text.ts";

/** Everything that is done to start a program in a node, as data; nothing is decided after it. */
export interface LaunchPlan {
  /** The node's directory on the device. */
  readonly node: string;
  /** What the configuration calls it. */
  readonly alias: string;
  /** Whether its admin files count. */
  readonly admin: boolean;
  /** In the order in which they are done. */
  readonly operations: readonly PlannedOperation[];
  /** Commands of the configuration that would be run first; `$(…)` stands in the place of what they print. */
  readonly pending: readonly PendingCommand[];
  /** What does not stop the launch, and is worth knowing. */
  readonly warnings: readonly Problem[];
  /** For people, as `redpak plan` prints it. */
  toText(): string;
  /** For `JSON.stringify`, as `redpak plan --json` prints it: 64-bit numbers are decimal text. */
  toJSON(): unknown;
}

/** One step of a launch: its name, and its operands under theirs, as `redpak schema plan` has them. */
export interface PlannedOperation {
  /** `bind`, `tmpfs`, `clone`, `capabilities`, … */
  readonly operation: string;
  /** Who does it. */
  readonly phase: Phase;
  /** The line of the configuration that asks for it; absent where it is redpak's own rule. */
  readonly origin?: Position;
  /** An operand. */
  readonly [operand: string]: unknown;
}

/** What a program may know of a plan. */
export function launchPlan(plan: Plan): LaunchPlan {
  const { node, alias, admin, operations, pending, warnings } = plan;
  return {
    ...{ node, alias, admin, operations, pending, warnings },
    toText: () => renderPlan(plan),
    toJSON: () => planToJson(plan),
  };
}
