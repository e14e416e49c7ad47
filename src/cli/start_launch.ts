import type { CommandOutputs } from "../config/facts.ts";
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
  return launch(plan, {
    stage: stageImage(),
    ...trace ? { trace: (line: string) => writeMessage(`${line}\n`) } : {},
  });
}
