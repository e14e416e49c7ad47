import { F } from "../../ffi/libc/constants.ts";
import { libc } from "../../ffi/libc/libc.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { attachPlan } from "../plan/attach_plan.ts";
import { encodePlan } from "../plan/encode.ts";
import { handOver } from "../plan/hand_over.ts";
import { type Operation, STARTS } from "../plan/operation.ts";
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
  /** Descriptors by which the content of the node and its ancestors is locked, until all of it is mounted. */
  readonly locks?: readonly number[];
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
export function launch(plan: Plan, { stage, record, locks = [], ...options }: LaunchOptions): never {
  using _removedOnFailure = record;
  return carryOut(plan, (opened) => {
    const kernel = options.kernel ?? libc();
    if (record !== undefined) kernel.fcntl(record.directory, F.SETFD, 0);
    for (const lock of locks) kernel.fcntl(lock, F.SETFD, 0);
    return attachPlan(stage, encodePlan(withRelease(withRecord(handOver(plan, opened), record), locks)));
  }, options);
}

/** INVARIANT: after the last mount, and before the program can do anything. */
function withRelease(plan: Plan, descriptors: readonly number[]): Plan {
  if (descriptors.length === 0) return plan;
  const operations = plan.operations.flatMap((operation): Operation[] =>
    STARTS.includes(operation.operation)
      ? [{ operation: "release", phase: "init", descriptors }, operation]
      : [operation]
  );
  return { ...plan, operations };
}

function withRecord(plan: Plan, record: LaunchRecord | undefined): Plan {
  if (record === undefined) return plan;
  const { directory: descriptor, name } = record;
  return { ...plan, operations: [{ operation: "record", phase: "init", descriptor, name }, ...plan.operations] };
}
