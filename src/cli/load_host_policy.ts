import type { Facts } from "../config/facts.ts";
import { loadPolicy } from "../store/load_policy.ts";
import type { HostPolicy } from "./host_policy.ts";

/**
 * The policy of this machine, if it has one.
 *
 * @throws {RedpakError} as `loadPolicy`; `E_POLICY_INVALID`
 */
export async function loadHostPolicy(facts: Facts): Promise<HostPolicy | undefined> {
  const policy = await loadPolicy();
  if (policy === undefined) return undefined;
  const { HostPolicy } = await import("./host_policy.ts");
  return new HostPolicy(policy, facts);
}
