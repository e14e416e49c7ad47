import { libc } from "../../ffi/libc/libc.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import type { Problem } from "../core/error.ts";
import { findRunning } from "../launch/find_running.ts";
import { runDirectoryPath } from "../launch/run_directory.ts";
import { type DamagedRecord, listRunning, type RunningNode, type RunningNodes } from "../launch/running_nodes.ts";
import type { CommandName } from "./commands.ts";
import type { Invocation } from "./invocation.ts";

/** What the caller runs, and the kernel to work on it with. */
export function runningNodes({ environment }: Pick<Invocation<CommandName>, "environment">): {
  readonly kernel: Kernel;
  readonly running: RunningNodes;
} {
  const kernel = libc();
  return { kernel, running: listRunning(kernel, runDirectoryPath(kernel.geteuid(), environment)) };
}

/** The running node that a command's first operand names. */
export function runningNode(invocation: Pick<Invocation<CommandName>, "environment" | "operands">): {
  readonly kernel: Kernel;
  readonly node: RunningNode;
} {
  const { kernel, running } = runningNodes(invocation);
  return { kernel, node: findRunning(running, invocation.operands[0] ?? "", Deno.cwd()) };
}

/** For lists that a node is missing from. */
export function damagedWarning({ pid, path }: DamagedRecord): Problem {
  return {
    code: "W_RECORD_DAMAGED",
    message: `Cannot tell which node process ${pid} runs: its record "${path}" is damaged`,
    hints: [`kill ${pid} ends the node; started again, it is listed`],
  };
}
