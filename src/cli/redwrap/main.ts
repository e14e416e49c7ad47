import type { CommandOutputs } from "../../config/facts.ts";
import { refuseDisabled } from "../../config/state.ts";
import { EXIT } from "../../core/exit_code.ts";
import { renderBwrapLine, renderBwrapLines } from "../../plan/render_bwrap.ts";
import { type Asked, takeCompat } from "../compat_variable.ts";
import { GetoptError } from "../getopt.ts";
import { invocationName, launcherEnvironment } from "../launch_environment.ts";
import { narrow } from "../narrow.ts";
import { prepareLaunch } from "../prepare_launch.ts";
import { type Manner, reportError, reportWarning } from "../report.ts";
import { startLaunch } from "../start_launch.ts";
import { writeMessage, writeOutput } from "../write.ts";
import { dumpedLaunch } from "./dump.ts";
import { readRequest, type RedwrapRequest, usageText } from "./options.ts";

/** The program `redwrap` of redpak 2.5: comes back only by its exit, on success the process has become the supervisor. */
export async function redwrap(): Promise<never> {
  let manner: Manner = { json: false, quiet: false, verbose: false, color: { stdout: false, stderr: false } };
  let endsWithZero = false;
  try {
    const asked: Asked = takeCompat(launcherEnvironment());
    const request = understand();
    endsWithZero = asked.compat === "all";
    manner = { ...manner, verbose: request.verbose };
    if (request.dump === "only") {
      narrow(asked.compat === "no" ? ["read", "sys"] : ["read", "sys", "ffi", "run"]);
      return await dumpOnly(request, asked, manner);
    }
    narrow(["read", "write", "sys", "ffi", "run"]);
    return await run(request, asked, manner);
  } catch (error) {
    const status = reportError(error, manner, EXIT.launch);
    Deno.exit(endsWithZero ? EXIT.success : status);
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

/** With compat, the commands are run whose output is printed; without, nothing is, and `$(command)` stands for it. */
async function dumpOnly(request: RedwrapRequest, asked: Asked, manner: Manner): Promise<never> {
  const prepared = await prepare(request, asked);
  const shown = prepared.merged().pending.filter(({ use }) => use !== "export");
  let outputs: CommandOutputs = new Map();
  if (asked.compat !== "no" && shown.length > 0) {
    const { runCommands } = await import("../../launch/run_commands.ts");
    outputs = await runCommands(shown, { environment: asked.environment });
  }
  prepared.merged(outputs).warnings.forEach((warning) => reportWarning(warning, manner));
  writeOutput(renderBwrapLines(dumpedLaunch(prepared, request, outputs), names(request)));
  Deno.exit(EXIT.success);
}

async function run(request: RedwrapRequest, asked: Asked, manner: Manner): Promise<never> {
  const prepared = await prepare(request, asked);
  return await startLaunch(prepared, {
    environment: asked.environment,
    manner,
    beforeLaunch(outputs) {
      if (request.dump === "no") return;
      const launch = dumpedLaunch(prepared, request, outputs);
      writeMessage(renderBwrapLine(launch, names(request)));
    },
  });
}

async function prepare(request: RedwrapRequest, { compat, environment }: Asked) {
  const { redpath, admin, program, strict, user, group, smack } = request;
  const prepared = await prepareLaunch({
    path: redpath,
    admin,
    program,
    environment,
    compat: compat === "no" ? "files" : "full",
    exitStatus: compat === "all" ? EXIT.success : undefined,
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
