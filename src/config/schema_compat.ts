import { COMPAT } from "./dialect_compat.ts";
import { makeSchemas } from "./schema.ts";

/** The files of a node as redpak 2.5 reads them. Only loaded where that is asked for: making a schema takes time. */
export const { configSchema, statusSchema } = makeSchemas(COMPAT);
