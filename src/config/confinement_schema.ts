import * as z from "zod/mini";
import { parseInteger } from "./dialect.ts";
import { INTEGER_SHOWN, keyword, shown, written } from "./schema_parts.ts";

/**
 * Keys of `config` that redpak 2.5 does not know: what else confines a node's program. No dialect changes how they are
 * understood.
 */

/** Those that merge as one value. */
export const CONFINEMENT_SCALARS = ["landlock", "landlock-abi"] as const;

export const LANDLOCK_MODES = ["off", "auto", "required"] as const;

export function makeConfinement() {
  return {
    landlock: z.optional(keyword(LANDLOCK_MODES)),
    "landlock-abi": integerFrom(1, 99),
  };
}

function integerFrom(minimum: number, maximum: number) {
  return z.optional(shown(written((value, refuse) => parseInteger(value, minimum, maximum, refuse)), INTEGER_SHOWN));
}
