import { formatPosition, type Problem } from "../core/error.ts";
import { type Comparison, fieldPlace } from "./effective.ts";

const ACTS = { bind: "listen on", connect: "connect to" } as const;

/** A list of ports is a limit; without one all ports are allowed. */
export function compareNetwork({ child, ancestor }: Comparison): Problem[] {
  return (["bind", "connect"] as const).flatMap((field): Problem[] => {
    const mine = child.merged.network[field]?.value;
    const theirs = ancestor.merged.network[field]?.value;
    const extra = mine?.filter((port) => theirs?.includes(port) !== true) ?? [];
    if (theirs === undefined || (mine !== undefined && extra.length === 0)) return [];
    return [{
      code: "E_LOOSENED_NETWORK",
      message: `Cannot ${ACTS[field]} ${
        mine === undefined ? "all TCP ports" : `TCP port ${extra.join(", ")}`
      }: not allowed by ${formatPosition(fieldPlace(ancestor, "network", field))}`,
      where: fieldPlace(child, "network", field),
      hints: [theirs.length === 0 ? `${field} has to be empty here` : `${field} can have ${theirs.join(", ")} here`],
    }];
  });
}
