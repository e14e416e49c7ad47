import { jsonSchema, type SchemaKind } from "../src/config/json_schema.ts";

/** The schemas for editors: content of each file by its path in the repository. */
export function schemaFiles(): ReadonlyMap<string, string> {
  const kinds: readonly SchemaKind[] = ["config", "status", "policy"];
  return new Map(
    kinds.map((kind) => [`policies/schema/${kind}.json`, JSON.stringify(jsonSchema(kind), null, 2) + "\n"]),
  );
}

if (import.meta.main) {
  for (const [path, content] of schemaFiles()) {
    await Deno.writeTextFile(new URL(`../${path}`, import.meta.url), content);
  }
}
