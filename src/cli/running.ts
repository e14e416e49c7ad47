import { libc } from "../../ffi/libc/libc.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { findRunning } from "../launch/find_running.ts";
import { runDirectoryPath } from "../launch/run_directory.ts";
import { listRunning, type RunningNode } from "../launch/running_nodes.ts";
import type { CommandName } from "./commands.ts";
import type { Invocation } from "./invocation.ts";

/** The nodes that the caller runs, and the kernel to work on them with. */
export function runningNodes({ environment }: Pick<Invocation<CommandName>, "environment">): {
  readonly kernel: Kernel;
  readonly nodes: readonly RunningNode[];
} {
  const kernel = libc();
  return { kernel, nodes: listRunning(kernel, runDirectoryPath(kernel.geteuid(), environment)) };
}

/** The running node that a command's first operand names. */
export function runningNode(invocation: Pick<Invocation<CommandName>, "environment" | "operands">): {
  readonly kernel: Kernel;
  readonly node: RunningNode;
} {
  const { kernel, nodes } = runningNodes(invocation);
  return { kernel, node: findRunning(nodes, invocation.operands[0] ?? "", Deno.cwd()) };
}
