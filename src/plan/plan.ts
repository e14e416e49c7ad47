import type { PendingCommand } from "../config/merged.ts";
import type { Problem } from "../core/error.ts";
import type { Operation } from "./operation.ts";

/** Everything that will be done to start a program in a node; nothing is decided after it. */
export interface Plan {
  /** Version of the plan's format. */
  readonly version: 1;
  readonly node: string;
  readonly alias: string;
  readonly admin: boolean;
  /** Commands of the configuration that must run first: while there are any, the plan shows `$(…)` in their place. */
  readonly pending: readonly PendingCommand[];
  readonly warnings: readonly Problem[];
  readonly operations: readonly Operation[];
}
