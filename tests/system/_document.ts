import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { redpak } from "./_node.ts";

/** The schemas that the binary prints, compiled. */
const ajv = new Ajv2020();
const validators = new Map<string, ReturnType<typeof ajv.compile>>();

/** That a document follows the schema of its kind. */
export function validate(document: { kind: string }): void {
  let validator = validators.get(document.kind);
  if (validator === undefined) {
    validator = ajv.compile(JSON.parse(redpak(["schema", document.kind]).stdout));
    validators.set(document.kind, validator);
  }
  assert(validator(document), `${JSON.stringify(document)}: ${ajv.errorsText(validator.errors)}`);
}

/** What a command prints with `--json`, checked against its schema. */
// deno-lint-ignore no-explicit-any -- the schema says what it is
export function json(...words: string[]): any {
  const { code, stdout, stderr } = redpak([...words.slice(0, 1), "--json", ...words.slice(1)]);
  assert.equal(code, 0, stderr);
  assert.equal(stdout.split("\n").length, 2, "one line, one document");
  const document = JSON.parse(stdout);
  validate(document);
  return document;
}
