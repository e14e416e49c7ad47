import { AT_FDCWD, O, PR, SIGKILL } from "../../../ffi/libc/constants.ts";
import { libc } from "../../../ffi/libc/libc.ts";
import type { Kernel } from "../../../ffi/libc/system_calls.ts";
import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { readAll } from "../../host/read_special.ts";
import { launch } from "../../launch/launch.ts";
import { runCommands } from "../../launch/run_commands.ts";
import { decodeScriptJob, type ScriptJob } from "../../packages/scripts/script_job.ts";
import { scriptPlan } from "../../plan/script_plan.ts";
import type { Invocation } from "../invocation.ts";
import { prepareLaunch } from "../prepare_launch.ts";
import { stageImage } from "../stage_image.ts";
import { reportSetupFailed } from "../status_report.ts";

const STDIN = 0;

/** Where the interpreter finds the script: in the node's root directory, which is made for it and nobody else's. */
const SCRIPT = "/.redpak-script";

/**
 * `redpak script`: becomes the supervisor of a node, in admin mode, in which a script of a package is run. It ends with who
 * has started it, and everything that the script has started ends with it.
 */
export async function script({ environment }: Invocation<"script">): Promise<never> {
  const kernel = libc();
  kernel.prctl(PR.SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  const job = decodeScriptJob(readAll(STDIN, kernel));
  // Who has ended before that is not waited for any more.
  if (Deno.ppid !== job.parent) Deno.exit(EXIT.failed);
  const report = kernel.openat(AT_FDCWD, job.report, O.WRONLY | O.CREAT | O.EXCL | O.NOFOLLOW, 0o600);
  try {
    return await run(kernel, job, report, environment);
  } catch (error) {
    reportSetupFailed(report, error);
    throw error;
  }
}

async function run(
  kernel: Kernel,
  job: ScriptJob,
  reportDescriptor: number,
  environment: Readonly<Record<string, string>>,
): Promise<never> {
  const { node, root, contents, database, program, body, prefixes } = job;
  const prepared = await prepareLaunch({
    path: node,
    admin: true,
    program: [...program, ...body === undefined ? [] : [SCRIPT, ...job.arguments.map(String)]],
    environment,
    reportDescriptor,
    ownProcesses: true,
  });
  let plan = prepared.plan();
  if (plan.pending.length > 0) plan = prepared.plan(await runCommands(plan.pending, { environment }));
  giveInput(kernel, job.input);
  const staged = { node: prepared.family[0].path, root, contents, readOnly: database };
  return launch(
    scriptPlan(plan, staged, {
      ...body === undefined ? {} : { script: { destination: SCRIPT, text: body } },
      environment: prefixes.flatMap((prefix, index) => [
        ...index === 0 ? [`RPM_INSTALL_PREFIX=${prefix}`] : [],
        `RPM_INSTALL_PREFIX${index}=${prefix}`,
      ]),
    }),
    { stage: stageImage() },
  );
}

/** Standard input becomes a file that is nowhere else: all of it is there before anybody reads. */
function giveInput(kernel: Kernel, text: string): void {
  kernel.close(STDIN);
  const input = kernel.memfd_create("input", 0);
  if (input !== STDIN) throw new RedpakError({ code: "E_INTERNAL", message: `The input was opened as ${input}` });
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    const part = bytes.subarray(at);
    at += kernel.pwrite64(STDIN, part, part.length, at);
  }
}
