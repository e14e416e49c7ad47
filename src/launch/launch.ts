import { F } from "../../ffi/libc/constants.ts";
import { libc } from "../../ffi/libc/libc.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { attachPlan } from "../plan/attach_plan.ts";
import { encodePlan } from "../plan/encode.ts";
import { handOver } from "../plan/hand_over.ts";
import type { Plan } from "../plan/plan.ts";
import { carryOut } from "./carry_out.ts";
import type { LaunchRecord } from "./record_launch.ts";

export interface LaunchOptions {
  /** The native stage for this machine, an ELF image. */
  readonly stage: Uint8Array;
  /** Gets each system call with its result, one line each. */
  readonly trace?: (line: string) => void;
  readonly kernel?: Kernel;
  /** Removed when the launch fails; the supervisor removes it at its end. */
  readonly record?: LaunchRecord | undefined;
}

/**
 * Carries out a plan: does its host phase and becomes the stage, which does the rest. For an ordinary user that is nearly
 * all, for it takes a user namespace and the stage's single thread. The process is gone on success, so this never returns. Must be called on the main thread: namespaces are a property of threads.
 *
 * Nothing of a failed launch stays on the host, for the mounts are those of a mount namespace of this thread alone;
 * directories of the host that were missing are kept.
 *
 * @throws {RedpakError} with the exit code 125, or 5 where the launcher lacks the privilege
 */
export function launch(plan: Plan, { stage, record, ...options }: LaunchOptions): never {
  using _removedOnFailure = record;
  return carryOut(plan, (opened) => {
    if (record !== undefined) (options.kernel ?? libc()).fcntl(record.directory, F.SETFD, 0);
    return attachPlan(stage, encodePlan(withRecord(handOver(plan, opened), record)));
  }, options);
}

function withRecord(plan: Plan, record: LaunchRecord | undefined): Plan {
  if (record === undefined) return plan;
  const { directory: descriptor, name } = record;
  return { ...plan, operations: [{ operation: "record", phase: "init", descriptor, name }, ...plan.operations] };
}
