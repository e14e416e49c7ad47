import { type Problem, RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import type { Family, RedNode } from "./node.ts";

/** The node and those that it is in, as far as they are not enabled, the nearest first. */
export function disabledIn(family: Family): RedNode[] {
  return family.filter((node) => node.status.status.state !== "Enable");
}

/**
 * A node runs only while it and all its ancestors are enabled.
 *
 * @throws RedpakError `E_NODE_DISABLED`, naming every node that is in the way, the nearest first
 */
export function refuseDisabled(family: Family): void {
  const leaf = family[0];
  const problems = disabledIn(family).map((node): Problem => {
    const { state } = node.status.status;
    const subject = node === leaf ? "it" : `its ancestor "${node.path}"`;
    return {
      code: "E_NODE_DISABLED",
      message: `Cannot run "${leaf.path}": ${subject} is ${state === "Disable" ? "disabled" : `in state ${state}`}`,
      where: node.status.locate(["state"]),
      hints: [`redpak enable ${node.path}`],
    };
  });
  const [first] = problems;
  if (first !== undefined) throw new RedpakError({ ...first, exit: EXIT.configuration, problems });
}
