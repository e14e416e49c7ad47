import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { CAPABILITIES } from "../plan/operation.ts";
import { type Attempt, refuse } from "./launch_error.ts";

/** `_LINUX_CAPABILITY_VERSION_3` of `linux/capability.h`: two groups of three 32-bit sets. */
const VERSION_3 = 0x20080522;
const DATA_SIZE = 24;

/** Refuses early, before anything was done, what could not work. */
export function requirePrivilege(kernel: Kernel, attempt: Attempt): void {
  const header = new Uint8Array(8);
  new DataView(header.buffer).setUint32(0, VERSION_3, true);
  const data = new Uint8Array(DATA_SIZE);
  kernel.capget(header, data);
  // The first number of the first group: the effective capabilities 0 to 31.
  const effective = new DataView(data.buffer).getUint32(0, true);
  if ((effective >>> CAPABILITIES.indexOf("CAP_SYS_ADMIN") & 1) === 1) return;
  throw refuse(attempt, {
    code: "E_NOT_PERMITTED",
    reason: "root without CAP_SYS_ADMIN cannot build a node's file system",
    errno: "EPERM",
    hints: ["give the surrounding container CAP_SYS_ADMIN, or start it as an ordinary user"],
  });
}
