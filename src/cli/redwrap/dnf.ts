import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { GetoptError } from "../getopt.ts";
import type { Invocation, Output } from "../invocation.ts";
import { invocationName, launcherEnvironment } from "../launch_environment.ts";
import { LOADERS } from "../loaders.ts";
import { narrow } from "../narrow.ts";
import { needsOf } from "../needs.ts";
import { type Manner, reportError, reportOutput } from "../report.ts";
import { writeMessage, writeOutput } from "../write.ts";
import { dnfUsageText, isForManager, readDnfRequest } from "./dnf_request.ts";

/** The program `redwrap-dnf` of redpak 2.5: what its package manager did in the node, redpak does itself. */
export async function redwrapDnf(): Promise<never> {
  let manner: Manner = { json: false, quiet: false, verbose: false, color: { stdout: false, stderr: false } };
  try {
    const environment = launcherEnvironment();
    if (isForManager(Deno.args)) {
      narrow(["read", "write"]);
      const { makeNode } = await import("./manager.ts");
      writeOutput(`${await makeNode(Deno.args, environment)}\n`);
      Deno.exit(EXIT.success);
    }
    const request = readDnfRequest(Deno.args);
    if (request === undefined) {
      writeMessage(dnfUsageText());
      Deno.exit(EXIT.failed);
    }
    const { command, flags, operands, text, yes, quiet, verbose } = request;
    manner = { ...manner, quiet, verbose };
    narrow(needsOf(command, flags));
    // The row of the table is the type of the flags, which the union of all commands hides.
    const execute = await LOADERS[command]() as (invocation: Invocation<never>) => Output | Promise<Output>;
    const globals = { ...manner, yes, root: undefined };
    const output = await execute({ flags: flags as never, operands, globals, environment });
    if (text === undefined) Deno.exit(reportOutput(output, manner));
    const { DNF_TEXTS } = await import("./dnf_text.ts");
    Deno.exit(reportOutput({ ...output, text: () => DNF_TEXTS[text](output.data, request) }, manner));
  } catch (error) {
    if (!(error instanceof GetoptError)) Deno.exit(reportError(asHere(error), manner, EXIT.failed));
    writeMessage(`${invocationName()}: ${error.message}\n${dnfUsageText()}`);
    Deno.exit(EXIT.failed);
  }
}

/** Hints name flags of redpak's commands, of which this program has few, by other names. */
function asHere(error: unknown): unknown {
  if (!(error instanceof RedpakError)) return error;
  const { code, exit, message, where, errno, cause } = error;
  const problems = error.problems.map((problem) => ({ ...problem, hints: (problem.hints ?? []).map(hintHere) }));
  return new RedpakError({ code, exit, message, where, errno, cause, problems, hints: error.hints.map(hintHere) });
}

function hintHere(hint: string): string {
  if (hint.startsWith("--yes ")) return hint.replace("--yes", "--assumeyes");
  return hint.startsWith("--") ? `by the command of redpak: ${hint}` : hint;
}
