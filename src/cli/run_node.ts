import { refuseDisabled } from "../config/state.ts";
import { readDetachment } from "./detach_message.ts";
import type { CertificateDemand } from "./hold_to_certificate.ts";
import type { Invocation, Output } from "./invocation.ts";
import { type LaunchRequest, type PreparedLaunch, prepareLaunch } from "./prepare_launch.ts";
import { usage } from "./split_words.ts";
import { startLaunch } from "./start_launch.ts";

type Wanted = Pick<LaunchRequest, "path" | "program">;
type Manner = Omit<Invocation<"run">, "operands">;

/** Starts a program in a node as its configuration says now, or tells what would be done. */
export async function runNode(wanted: Wanted, manner: Manner): Promise<Output> {
  const statusFd = manner.flags["status-fd"];
  if (manner.flags["dry-run"]) {
    const { planOutput } = await import("./command/plan.ts");
    return planOutput((await prepare(wanted, manner, undefined)).plan(), "text");
  }
  if (statusFd === undefined) return await start(wanted, manner, undefined);
  const { parseDescriptor, reportSetupFailed } = await import("./status_report.ts");
  const descriptor = parseDescriptor(statusFd);
  try {
    return await start(wanted, manner, descriptor);
  } catch (error) {
    reportSetupFailed(descriptor, error);
    throw error;
  }
}

async function start(wanted: Wanted, manner: Manner, reportDescriptor: number | undefined): Promise<never> {
  const { flags, globals, environment } = manner;
  const prepared = await prepare(wanted, manner, reportDescriptor);
  return startLaunch(prepared, { environment, manner: globals, trace: flags.trace });
}

async function prepare(
  wanted: Wanted,
  { flags, globals, environment }: Manner,
  reportDescriptor: number | undefined,
): Promise<PreparedLaunch> {
  const { admin, "no-exec": noExec } = flags;
  const compat = flags.compat ? "full" : "none";
  const certificate = demanded(flags);
  const prepared = await prepareLaunch({
    ...wanted,
    admin,
    compat,
    noExec,
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
