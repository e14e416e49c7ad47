import * as z from "zod/mini";
import { policySchema } from "./policy.ts";
import { STRICT } from "./dialect.ts";
import { schemasOf } from "./schema.ts";
import { CONFIG_DESCRIPTIONS, POLICY_DESCRIPTIONS, STATUS_DESCRIPTIONS } from "./schema_descriptions.ts";

/** The files that have a JSON schema: both configuration files share one. */
export type SchemaKind = "config" | "status" | "policy";

const KINDS = {
  config: {
    schema: schemasOf(STRICT).configSchema,
    title: "redpak node configuration (etc/redpak.yaml, etc/redpak-admin.yaml)",
    descriptions: CONFIG_DESCRIPTIONS,
  },
  status: {
    schema: schemasOf(STRICT).statusSchema,
    title: "redpak node status (.rednode.yaml)",
    descriptions: STATUS_DESCRIPTIONS,
  },
  policy: {
    schema: policySchema,
    title: "redpak host policy (/etc/redpak/policy.yaml)",
    descriptions: POLICY_DESCRIPTIONS,
  },
} as const;

type Json = { [key: string]: unknown; properties?: Record<string, Json>; items?: Json };

/**
 * JSON schema (draft 7, what most editors know) of a file as people write it. It knows keys and names in their canonical
 * spelling; the reader also takes them in any case.
 */
export function jsonSchema(kind: SchemaKind): Record<string, unknown> {
  const { schema, title, descriptions } = KINDS[kind];
  const json = z.toJSONSchema(schema, { io: "input", target: "draft-07" }) as Json;
  describe(json, "", descriptions);
  const { $schema, ...rest } = json;
  return { $schema, $id: `urn:redpak:schema:${kind}`, title, ...rest };
}

function describe(json: Json, path: string, descriptions: Readonly<Record<string, string>>): void {
  if (json.items !== undefined) describe(json.items, `${path}[]`, descriptions);
  for (const [key, value] of Object.entries(json.properties ?? {})) {
    const inner = path === "" ? key : `${path}.${key}`;
    const description = descriptions[inner];
    if (description !== undefined) value["description"] = description;
    describe(value, inner, descriptions);
  }
}
