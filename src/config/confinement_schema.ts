import * as z from "zod/mini";
import { readByteSize } from "./byte_size.ts";
import { device, MOST_DEVICES } from "./device.ts";
import { parseInteger, readBoolean } from "./dialect.ts";
import { readLimit, type Resource, RESOURCES } from "./resource_limits.ts";
import { BOOLEAN_SHOWN, INTEGER_SHOWN, keyword, optionalText, shown, written } from "./schema_parts.ts";

/**
 * Keys of `config` that redpak 2.5 does not know: what else confines a node's program. No dialect changes how they are
 * understood.
 */

/** Those that merge as one value. */
export const CONFINEMENT_SCALARS = [
  "selinux",
  "apparmor",
  "landlock",
  "landlock-abi",
  "oom-score",
  "init",
  "proc",
  "tmpfs-size",
  "tmpfs-exec",
] as const;

export const LANDLOCK_MODES = ["off", "auto", "required"] as const;

/** Who is PID 1 of the node: redpak's init, or the program itself. */
export const INITS = ["redpak", "none"] as const;

/** What a Procfs shows, the tightest last. */
export const PROC_VIEWS = ["full", "pid"] as const;

export function makeConfinement() {
  return {
    profile: optionalText,
    selinux: optionalText,
    apparmor: optionalText,
    landlock: z.optional(keyword(LANDLOCK_MODES)),
    "landlock-abi": z.optional(integerFrom(1, 99)),
    "oom-score": z.optional(integerFrom(-1000, 1000)),
    init: z.optional(keyword(INITS)),
    "tmpfs-size": optionalSize,
    "tmpfs-exec": z.optional(shown(written(readBoolean), BOOLEAN_SHOWN)),
    proc: z.optional(keyword(PROC_VIEWS)),
    devices: z.optional(z.array(device).check(z.maxLength(MOST_DEVICES))),
    network: z.optional(z.strictObject({
      bind: z.optional(z.array(integerFrom(0, MAX_PORT))),
      connect: z.optional(z.array(integerFrom(1, MAX_PORT))),
    })),
    rlimits: z.optional(z.strictObject(Object.fromEntries(RESOURCES.map((name) => [name, limit])) as LimitShape)),
  };
}

export const optionalSize = z.optional(shown(written(readByteSize), { type: ["string", "integer"] }));

const MAX_PORT = 65_535;

const limit = z.optional(shown(written(readLimit), { type: ["string", "integer"] }));
type LimitShape = { [R in Resource]: typeof limit };

function integerFrom(minimum: number, maximum: number) {
  return shown(written((value, refuse) => parseInteger(value, minimum, maximum, refuse)), INTEGER_SHOWN);
}
