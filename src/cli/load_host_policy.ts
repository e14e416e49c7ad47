import type { Facts } from "../config/facts.ts";
import type { Machine } from "../store/machine.ts";
import { loadPolicy, POLICY_FILE } from "../store/load_policy.ts";
import type { HostPolicy } from "./host_policy.ts";

/**
 * The policy of a machine, this one where none is given, if it has one.
 *
 * @throws {RedpakError} as `loadPolicy`; `E_POLICY_INVALID`
 */
export async function loadHostPolicy(facts: Facts, machine?: Machine): Promise<HostPolicy | undefined> {
  const policy = await loadPolicy(POLICY_FILE, machine);
  if (policy === undefined) return undefined;
  const { HostPolicy } = await import("./host_policy.ts");
  return new HostPolicy(policy, facts);
}
