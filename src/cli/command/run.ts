import { refuseDisabled } from "../../config/state.ts";
import { readDetachment } from "../detach_message.ts";
import type { CertificateDemand } from "../hold_to_certificate.ts";
import type { Invocation, Output } from "../invocation.ts";
import { type PreparedLaunch, prepareLaunch } from "../prepare_launch.ts";
import { resolveNode } from "../resolve_node.ts";
import { usage } from "../split_words.ts";
import { startLaunch } from "../start_launch.ts";

/** `redpak run`. Comes back only from a dry run: on success the process has become the node's supervisor, for as long as that is needed. */
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
  return startLaunch(prepared, { environment, manner: globals, trace: flags.trace });
}

async function prepare(
  { flags, operands, globals, environment }: Invocation<"run">,
  reportDescriptor: number | undefined,
): Promise<PreparedLaunch> {
  const [node = "", ...program] = operands;
  const path = await resolveNode(node, globals.root);
  const { admin, "no-exec": noExec } = flags;
  const compat = flags.compat ? "full" : "none";
  const certificate = demanded(flags);
  const prepared = await prepareLaunch({
    path,
    admin,
    compat,
    noExec,
    program,
    environment,
    reportDescriptor,
    detach: readDetachment(flags, globals.json ? "json" : "text"),
    certificate,
  });
  refuseDisabled(prepared.family);
  return prepared;
}

function demanded(
  { "require-certificate": file, "public-key": publicKey }: Invocation<"run">["flags"],
): CertificateDemand | undefined {
  if (file === undefined && publicKey === undefined) return undefined;
  if (file !== undefined && publicKey !== undefined) return { file, publicKey };
  throw usage("Cannot require a certificate: --require-certificate and --public-key go together");
}
