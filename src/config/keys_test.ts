import assert from "node:assert/strict";
import * as z from "zod/mini";
import { formatPath, toPlain } from "./keys.ts";
import { Findings } from "./parse_findings.ts";
import { STRICT } from "./dialect.ts";
import { schemasOf } from "./schema.ts";
import { readYaml } from "./yaml.ts";

function plain(text: string, schema: z.core.$ZodType) {
  const findings = new Findings("f", text);
  return { ...toPlain(readYaml(text, findings, false), schema, findings), findings };
}

Deno.test("keys get the spelling of the schema, in objects without prototype", () => {
  const { value } = plain("HEADERS: {aLIAS: Text}", schemasOf(STRICT).configSchema);
  const headers = (value as { headers: { alias: string } }).headers;
  assert.equal(headers.alias, "Text");
  assert.equal(Object.getPrototypeOf(value), null);
  assert.equal(Object.getPrototypeOf(headers), null);
});

Deno.test("the schema is the only list of keys", () => {
  const schema = z.strictObject({ "Some-Key": z.optional(z.array(z.strictObject({ other: z.string() }))) });
  const { value, findings } = plain("some-key: [{OTHER: x}]", schema);
  assert.equal(JSON.stringify(value), `{"Some-Key":[{"other":"x"}]}`);
  findings.check();
});

Deno.test("what stands where the schema has none of its kind is kept as an empty one of its kind", () => {
  const { value } = plain("headers: [a]\nexports: {a: b}\nenviron: x", schemasOf(STRICT).configSchema);
  assert.equal(JSON.stringify(value), `{"headers":[],"exports":{},"environ":"x"}`);
});

Deno.test("paths are written with dots and indexes", () => {
  assert.equal(formatPath(["exports", 3, "mode"]), "exports[3].mode");
  assert.equal(formatPath([]), "");
});
