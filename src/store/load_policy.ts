import type { PolicyFile } from "../config/policy.ts";
import { THIS_MACHINE } from "./machine.ts";
import { readRootFile } from "./read_root_file.ts";

/** The machine's owner says here what no node may exceed. Fixed: nobody who is to be limited chooses it. */
export const POLICY_FILE = "/etc/redpak/policy.yaml";

/**
 * Reads the host policy.
 *
 * @returns `undefined` where the machine has none
 * @throws {RedpakError} `E_POLICY_NOT_TRUSTED` where others than root could have written it, or it is reached through a
 * link;
 * `E_CONFIG` with every finding; as `readRegularFile`. Without its policy nothing may be launched.
 */
export async function loadPolicy(path = POLICY_FILE, machine = THIS_MACHINE): Promise<PolicyFile | undefined> {
  const file = readRootFile(path, "E_POLICY_NOT_TRUSTED", machine);
  if (file === undefined) return undefined;
  const { parsePolicy } = await import("../config/policy.ts");
  const policy = await parsePolicy(file.bytes, file.path);
  const name = policy.policy.limits?.config?.profile;
  if (name === undefined) return policy;
  const { loadProfile } = await import("./load_profile.ts");
  return { ...policy, profile: await loadProfile(name, policy.locate(["limits", "config", "profile"]), { machine }) };
}
