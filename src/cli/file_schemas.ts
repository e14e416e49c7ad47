import config from "../../policies/schema/config.json" with { type: "json" };
import policy from "../../policies/schema/policy.json" with { type: "json" };
import status from "../../policies/schema/status.json" with { type: "json" };

/**
 * JSON schemas of the files of a node and of the host policy, as `scripts/generate_schema.ts` writes them: with the code that makes them in the
 * program, every start would read it.
 */
export const FILE_SCHEMAS: Readonly<Record<string, unknown>> = { config, status, policy };
