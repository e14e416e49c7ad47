import { PR, SIGKILL } from "../../ffi/libc/constants.ts";
import { libc } from "../../ffi/libc/libc.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import type { CommandOutputs } from "../config/facts.ts";
import type { PendingCommand } from "../config/merged.ts";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { type AdoptedProcesses, adoptProcesses } from "./adopted_processes.ts";
import { hideInheritedDescriptors } from "./inherited_descriptors.ts";

/** Fixed, so that no PATH decides what runs. */
const SHELL = "/usr/bin/bash";

/**
 * Variables that have the dynamic loader or the shell run something before the command, or trace it: the outputs are to
 * be those of the configuration, not of the caller.
 */
const RUNS_CODE = /^(?:LD_.*|GLIBC_TUNABLES|BASH_.*|ENV|SHELLOPTS|BASHOPTS|PS4)$/s;

/** The user and group "nobody", who owns nothing. */
const NOBODY = 65534;

export interface RunCommandsOptions {
  /** The whole environment of the commands, but what would have code run before them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Who runs them when the launcher is root. */
  readonly uid?: number;
  readonly gid?: number;
  /** Milliseconds that each may take; 5000 when absent. */
  readonly timeLimit?: number;
  /** Bytes that each may print; 65536 when absent. */
  readonly sizeLimit?: number;
  readonly kernel?: Kernel;
}

/**
 * Runs the commands of a configuration in a restricted shell, without privileges, one after the other, each text once.
 * Gives what each printed, as it is. No_new_privs is set for the calling thread, from which the shell inherits it.
 * Nothing that a command starts outlives it.
 *
 * @throws {RedpakError} E_COMMAND, exit code 3, for the first that fails, takes too long or prints too much
 */
export async function runCommands(
  pending: readonly PendingCommand[],
  options: RunCommandsOptions,
): Promise<CommandOutputs> {
  const outputs = new Map<string, string>();
  if (pending.length === 0) return outputs;
  const kernel = options.kernel ?? libc();
  kernel.prctl(PR.SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  using _hidden = hideInheritedDescriptors(kernel);
  using adopted = adoptProcesses(kernel);
  for (const command of pending) {
    if (outputs.has(command.command)) continue;
    outputs.set(command.command, await runCommand({ kernel, adopted }, command, options));
  }
  return outputs;
}

interface Host {
  readonly kernel: Kernel;
  readonly adopted: AdoptedProcesses;
}

async function runCommand(
  { kernel, adopted }: Host,
  command: PendingCommand,
  options: RunCommandsOptions,
): Promise<string> {
  const { timeLimit = 5000, sizeLimit = 64 * 1024 } = options;
  const process = start(kernel, command, options);
  const [stdout, stderr] = [process.stdout.getReader(), process.stderr.getReader()];
  let excess: string | undefined;
  const stop = (reason: string) => {
    excess ??= reason;
    killGroup(kernel, process.pid);
    // A process that has left the group may keep them open.
    void stdout.cancel();
    void stderr.cancel();
  };
  const timer = setTimeout(() => stop(`it takes longer than ${timeLimit / 1000} s`), timeLimit);
  try {
    const [output, complaint, status] = await Promise.all([
      collect(stdout, sizeLimit, () => stop(`it prints more than ${sizeLimit} bytes`)),
      collect(stderr, sizeLimit, () => {}),
      process.status,
    ]);
    const reason = excess ??
      (status.signal !== null ? `it was killed by ${status.signal}` : `it ended with status ${status.code}`);
    if (excess === undefined && status.success) return new TextDecoder().decode(output);
    throw failure(command, reason, firstLines(new TextDecoder().decode(complaint)));
  } finally {
    clearTimeout(timer);
    // What the command left in the background goes with it.
    adopted.end(process.pid);
  }
}

function start(kernel: Kernel, command: PendingCommand, options: RunCommandsOptions): Deno.ChildProcess {
  const { environment, uid = NOBODY, gid = NOBODY } = options;
  try {
    return new Deno.Command(SHELL, {
      args: ["-r", "-c", command.command],
      cwd: "/",
      clearEnv: true,
      env: Object.fromEntries(Object.entries(environment).filter(([name]) => !RUNS_CODE.test(name))),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      // A process group of its own, to be killed as one.
      detached: true,
      // Setting the user as root also drops the supplementary groups.
      ...(kernel.geteuid() === 0 ? { uid, gid } : {}),
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw failure(command, `there is no ${SHELL} (ENOENT)`, []);
    throw error;
  }
}

/** Reads to the end, keeps the first `limit` bytes, and tells when there are more. */
async function collect(
  stream: ReadableStreamDefaultReader<Uint8Array>,
  limit: number,
  exceeded: () => void,
): Promise<Uint8Array> {
  const kept = new Uint8Array(limit);
  let length = 0;
  for (let chunk = await stream.read(); !chunk.done; chunk = await stream.read()) {
    const part = chunk.value.subarray(0, limit - length);
    kept.set(part, length);
    length += part.length;
    if (part.length < chunk.value.length) exceeded();
  }
  return kept.subarray(0, length);
}

function killGroup(kernel: Kernel, pid: number): void {
  try {
    kernel.kill(-pid, SIGKILL);
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
}

function firstLines(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "").slice(0, 3);
}

function failure({ command, where }: PendingCommand, reason: string, complaint: readonly string[]): RedpakError {
  return new RedpakError({
    code: "E_COMMAND",
    message: `Cannot run ${JSON.stringify(command)}: ${reason}`,
    exit: EXIT.configuration,
    where,
    hints: complaint.map((line) => `it said: ${line}`),
  });
}
