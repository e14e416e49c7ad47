import { refuseDisabled } from "../../config/state.ts";
import type { Invocation, Output } from "../invocation.ts";
import { type PreparedLaunch, prepareLaunch } from "../prepare_launch.ts";
import { reportWarning } from "../report.ts";
import { resolveNode } from "../resolve_node.ts";
import { writeMessage } from "../write.ts";

/** `redpak run`. Comes back only from a dry run: on success the process has become the node's supervisor. */
export async function run(invocation: Invocation<"run">): Promise<Output> {
  const statusFd = invocation.flags["status-fd"];
  if (invocation.flags["dry-run"]) {
    const { planOutput } = await import("./plan.ts");
    return planOutput((await prepare(invocation, undefined)).plan(), "text");
  }
  if (statusFd === undefined) return await start(invocation, undefined);
  const { parseDescriptor, reportSetupFailed } = await import("../status_report.ts");
  const descriptor = parseDescriptor(statusFd);
  try {
    return await start(invocation, descriptor);
  } catch (error) {
    reportSetupFailed(descriptor, error);
    throw error;
  }
}

async function start(invocation: Invocation<"run">, reportDescriptor: number | undefined): Promise<never> {
  const { flags, globals, environment } = invocation;
  const prepared = await prepare(invocation, reportDescriptor);
  let plan = prepared.plan();
  if (plan.pending.length > 0) {
    const { runCommands } = await import("../../launch/run_commands.ts");
    plan = prepared.plan(await runCommands(plan.pending, { environment }));
  }
  plan.warnings.forEach((warning) => reportWarning(warning, globals));
  const { stageImage } = await import("../stage_image.ts");
  const { launch } = await import("../../launch/launch.ts");
  return launch(plan, {
    stage: stageImage(),
    ...flags.trace ? { trace: (line: string) => writeMessage(`${line}\n`) } : {},
  });
}

async function prepare(
  { flags, operands, globals, environment }: Invocation<"run">,
  reportDescriptor: number | undefined,
): Promise<PreparedLaunch> {
  const [node = "", ...program] = operands;
  const path = await resolveNode(node, globals.root);
  const prepared = await prepareLaunch({ path, admin: flags.admin, program, environment, reportDescriptor });
  refuseDisabled(prepared.family);
  return prepared;
}
