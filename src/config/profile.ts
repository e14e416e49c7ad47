import * as z from "zod/mini";
import { STRICT } from "./dialect.ts";
import type { Profile } from "./node.ts";
import { parseAs } from "./parse.ts";
import { schemasOf } from "./schema.ts";
import { optionalText } from "./schema_parts.ts";

/** What a profile may be called: a name, and no path. */
export const PROFILE_NAME = /^[a-z0-9][a-z0-9_.-]{0,62}$/;

/** What a profile does not have: a profile, and what is said of one node alone. */
const OWN_KEYS = { profile: true, after: true, notify: true, listen: true } as const;

/** Reads a profile; see `parseConfig`. It has no profile of its own, and knows no compatibility. */
export async function parseProfile(input: string | Uint8Array, file: string, name: string): Promise<Profile> {
  const schema = z.strictObject({ info: optionalText, config: z.omit(schemasOf(STRICT).config, OWN_KEYS) });
  const { value, locate } = await parseAs(schema, input, file);
  return { name, config: value.config, locate };
}
