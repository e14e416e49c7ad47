import type { Position, Problem } from "../core/error.ts";
import { quote } from "../core/quote.ts";
import type { Facts } from "./facts.ts";
import { resolveId } from "./identity.ts";
import { type PolicyFile, refusePolicy } from "./policy.ts";

/** Who may own configurations beside root, where a policy says so. */
export interface Owners {
  readonly uids: readonly number[];
  readonly where: Position;
}

/**
 * The owners that a policy lists, by id; `undefined` where it does not say.
 *
 * @throws {RedpakError} `E_POLICY_INVALID` where this machine does not know one of them
 */
export function policyOwners({ file, policy, locate }: PolicyFile, facts: Facts): Owners | undefined {
  if (policy.owners === undefined) return undefined;
  const problems: Problem[] = [];
  const uids = policy.owners.flatMap((owner, index) => {
    const id = resolveId(owner, (name) => facts.userId(name)?.uid);
    if (typeof id === "number") return [id];
    const message = `Cannot trust user ${quote(owner)}: ${id.refusal("user")}`;
    problems.push({ code: "E_USER_UNKNOWN", message, where: locate(["owners", index]) });
    return [];
  });
  refusePolicy(file, problems);
  return { uids, where: locate(["owners"]) };
}
