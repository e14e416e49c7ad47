import type { CommandOutputs } from "../config/facts.ts";
import { RedpakError } from "../core/error.ts";
import type { LaunchRecord } from "../launch/record_launch.ts";
import type { Plan } from "../plan/plan.ts";
import { completeTransaction } from "./complete_transaction.ts";
import type { PreparedLaunch } from "./prepare_launch.ts";
import { type Manner, reportWarning } from "./report.ts";
import { writeMessage } from "./write.ts";

export interface StartOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly manner: Manner;
  readonly trace?: boolean;
  /** Called when the commands of the configuration have been run, before anything else is done. */
  readonly beforeLaunch?: (outputs: CommandOutputs) => void;
}

/** Runs the commands of the configuration and becomes the node's supervisor; comes back only to throw. */
export async function startLaunch(prepared: PreparedLaunch, options: StartOptions): Promise<never> {
  const { environment, manner, trace = false, beforeLaunch } = options;
  let plan = prepared.plan();
  let outputs: CommandOutputs = new Map();
  if (plan.pending.length > 0) {
    const { runCommands } = await import("../launch/run_commands.ts");
    outputs = await runCommands(plan.pending, { environment });
    plan = prepared.plan(outputs);
  }
  plan.warnings.forEach((warning) => reportWarning(warning, manner));
  beforeLaunch?.(outputs);
  const { stageImage } = await import("./stage_image.ts");
  const { launch } = await import("../launch/launch.ts");
  const { libc } = await import("../../ffi/libc/libc.ts");
  const { holdContent } = await import("../launch/hold_content.ts");
  // INVARIANT: after everything that takes its time, for while it is held nobody can switch the content.
  using held = await holdContent(libc(), prepared.family.map(({ path }) => path), completeTransaction);
  return launch(plan, {
    stage: stageImage(),
    record: await record(plan, prepared, options),
    locks: held.descriptors,
    ...trace ? { trace: (line: string) => writeMessage(`${line}\n`) } : {},
  });
}

/** A node that cannot be found again is no less confined: a full or read-only /run does not stop a machine's nodes. */
async function record(
  plan: Plan,
  { basis, facts: { uid } }: PreparedLaunch,
  { environment, manner }: StartOptions,
): Promise<LaunchRecord | undefined> {
  const { libc } = await import("../../ffi/libc/libc.ts");
  const { recordLaunch } = await import("../launch/record_launch.ts");
  const { runDirectoryPath } = await import("../launch/run_directory.ts");
  try {
    return recordLaunch(libc(), { plan, basis }, runDirectoryPath(uid, environment));
  } catch (error) {
    if (!(error instanceof RedpakError)) throw error;
    const { message, hints } = error;
    const consequence = "ps, stats, enter, stop and audit will not find this node";
    reportWarning({ code: "W_NOT_RECORDED", message, hints: [...hints, consequence] }, manner);
  }
}
