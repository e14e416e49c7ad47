import { libc } from "./libc.ts";
import { isErrno } from "./system_call_error.ts";

/** Extended attribute that holds the capabilities of a file, capabilities(7). */
export const CAPABILITIES_ATTRIBUTE = "security.capability";

/** Whether a file has capabilities of its own; a link is not followed. */
export function hasFileCapabilities(path: string): boolean {
  try {
    const kernel = libc();
    // Most files have no attributes, which is no error.
    return kernel.llistxattr(path, NOTHING, 0) > 0 && kernel.lgetxattr(path, CAPABILITIES_ATTRIBUTE, NOTHING, 0) > 0;
  } catch (error) {
    if (isErrno(error, "ENODATA", "EOPNOTSUPP", "ENOENT")) return false;
    throw error;
  }
}

const NOTHING = new Uint8Array(0);
