import { enterNode } from "../../launch/enter_node.ts";
import type { Invocation } from "../invocation.ts";
import { runningNode } from "../running.ts";
import { stageImage } from "../stage_image.ts";
import { writeMessage } from "../write.ts";

/** `redpak enter`. Does not come back: on success the process has become the supervisor of the program. */
export function enter(invocation: Invocation<"enter">): never {
  const { flags, operands } = invocation;
  const { kernel, node } = runningNode(invocation);
  return enterNode(kernel, node, {
    stage: stageImage(),
    arguments: operands.slice(1),
    ...flags.trace ? { trace: (line: string) => writeMessage(`${line}\n`) } : {},
  });
}
