import { refuseDisabled } from "../../config/state.ts";
import { EXIT } from "../../core/exit_code.ts";
import { renderBwrapLine, renderBwrapLines } from "../../plan/render_bwrap.ts";
import { GetoptError } from "../getopt.ts";
import { invocationName, launcherEnvironment } from "../launch_environment.ts";
import { narrow } from "../narrow.ts";
import { prepareLaunch } from "../prepare_launch.ts";
import { type Manner, reportError, reportWarning } from "../report.ts";
import { startLaunch } from "../start_launch.ts";
import { writeMessage, writeOutput } from "../write.ts";
import { dumpedLaunch } from "./dump.ts";
import { readRequest, type RedwrapRequest, usageText } from "./options.ts";

/**
 * Asks for what redpak 2.5 does: `1` for its merge and its exit status, 0 whatever becomes of the program; `merge` for
 * its merge alone. Without it children are held to what their parents allow.
 */
const COMPAT = "REDPAK_COMPAT";

type Environment = Readonly<Record<string, string>>;

/** The program `redwrap` of redpak 2.5: comes back only by its exit, on success the process has become the supervisor. */
export async function redwrap(): Promise<never> {
  let manner: Manner = { json: false, quiet: false, verbose: false, color: { stdout: false, stderr: false } };
  try {
    const environment = launcherEnvironment();
    const request = understand();
    manner = { ...manner, verbose: request.verbose };
    const { [COMPAT]: compat, ...others } = environment;
    if (request.dump === "only") {
      narrow(["read", "sys"]);
      return await dumpOnly(request, others, manner, compat);
    }
    narrow(["read", "write", "sys", "ffi", "run"]);
    if (compat === "1") {
      const { launchWithExitZero } = await import("./compat_exit.ts");
      return launchWithExitZero(invocationName(), Deno.args, { ...others, [COMPAT]: "merge" });
    }
    return await run(request, others, manner, compat);
  } catch (error) {
    Deno.exit(reportError(error, manner, EXIT.launch));
  }
}

function understand(): RedwrapRequest {
  try {
    const request = readRequest(Deno.args);
    if (request !== undefined) return request;
  } catch (error) {
    if (!(error instanceof GetoptError)) throw error;
    writeMessage(`${invocationName()}: ${error.message}\n`);
  }
  writeMessage(usageText());
  Deno.exit(EXIT.failed);
}

async function dumpOnly(
  request: RedwrapRequest,
  environment: Environment,
  manner: Manner,
  compat: string | undefined,
): Promise<never> {
  try {
    const prepared = await prepare(request, environment, compat);
    prepared.merged().warnings.forEach((warning) => reportWarning(warning, manner));
    writeOutput(renderBwrapLines(dumpedLaunch(prepared, request.program, request.strict), names(request)));
    Deno.exit(EXIT.success);
  } catch (error) {
    const status = reportError(error, manner, EXIT.launch);
    Deno.exit(compat === "1" ? EXIT.success : status);
  }
}

async function run(
  request: RedwrapRequest,
  environment: Environment,
  manner: Manner,
  compat: string | undefined,
): Promise<never> {
  const prepared = await prepare(request, environment, compat);
  return await startLaunch(prepared, {
    environment,
    manner,
    beforeLaunch(outputs) {
      if (request.dump === "no") return;
      const launch = dumpedLaunch(prepared, request.program, request.strict, outputs);
      writeMessage(renderBwrapLine(launch, names(request)));
    },
  });
}

async function prepare(request: RedwrapRequest, environment: Environment, compat: string | undefined) {
  const { redpath, admin, program, strict, user, group, smack } = request;
  const prepared = await prepareLaunch({
    path: redpath,
    admin,
    program,
    environment,
    compat: compat === "1" || compat === "merge" ? "full" : "files",
    skipMissing: strict,
    overrides: {
      ...user === undefined ? {} : { "set-user": user },
      ...group === undefined ? {} : { "set-group": group },
      ...smack === undefined ? {} : { smack },
    },
  });
  refuseDisabled(prepared.family);
  return prepared;
}

function names({ bwrap }: RedwrapRequest) {
  return { bwrap, invokedAs: invocationName() };
}
