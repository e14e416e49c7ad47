import assert from "node:assert/strict";
import { Ajv } from "ajv";
import * as YAML from "yaml";
import { jsonSchema } from "../src/config/json_schema.ts";
import { parseConfig } from "../src/config/parse.ts";
import { schemaFiles } from "./generate_schema.ts";

for (const [path, content] of schemaFiles()) {
  Deno.test(`${path} is current (deno run -A scripts/generate_schema.ts)`, async () => {
    assert.equal(await Deno.readTextFile(new URL(`../${path}`, import.meta.url)), content);
  });
}

const validate = new Ajv({ allowUnionTypes: true, allErrors: true }).compile(jsonSchema("config"));
const templates = new URL("../policies/templates/", import.meta.url);
for (const { name } of Deno.readDirSync(templates)) {
  Deno.test(`reader and editor find nothing wrong with the shipped template ${name}`, async () => {
    const text = await Deno.readTextFile(new URL(name, templates));
    await parseConfig(text, name, "normal");
    assert.ok(validate(YAML.parse(text)), JSON.stringify(validate.errors, null, 2));
  });
}
