/** Checks what is written for other tools by their own schemas: `tests/schemas`. */
import assert from "node:assert/strict";
import { Ajv, type ValidateFunction } from "ajv";

const directory = new URL("../schemas/", import.meta.url);

/** RFC 3339, and RFC 3986 and 3987 as far as no character may be in an address. */
const FORMATS = {
  "date-time": (text: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(text) && !isNaN(Date.parse(text)),
  uri: (text: string) => /^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]*$/i.test(text),
  "uri-reference": (text: string) => /^[^\s<>"{}|\\^`]*$/.test(text),
  "iri-reference": (text: string) => /^[^\s<>"{}|\\^`]*$/.test(text),
  "idn-email": (text: string) => text.includes("@"),
};

// deno-lint-ignore no-explicit-any -- schemas of others
function read(name: string): any {
  return JSON.parse(Deno.readTextFileSync(new URL(name, directory)));
}

function compile(name: string, ...others: readonly string[]): ValidateFunction {
  const ajv = new Ajv({ strict: false, unicodeRegExp: false, formats: FORMATS });
  for (const other of others) ajv.addSchema(read(other), `http://cyclonedx.org/schema/${other}`);
  // Draft 4 calls it "id"; of the rest, what this schema uses means the same in draft 7.
  const { id: _id, $schema: _draft, ...schema } = read(name);
  return ajv.compile(schema);
}

const compiled = new Map<string, ValidateFunction>();

function check(document: unknown, name: string, ...others: readonly string[]): void {
  const validator = compiled.get(name) ?? compile(name, ...others);
  compiled.set(name, validator);
  assert(validator(document), JSON.stringify(validator.errors?.slice(0, 5), null, 2));
}

export function checkCycloneDx(document: unknown): void {
  check(document, "bom-1.6.SNAPSHOT.schema.json", "spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json");
}

export function checkSarif(document: unknown): void {
  check(document, "sarif-2.1.0-rtm.5.json");
}

/** By xmllint, which `scripts/setup` installs. */
export function checkJunit(xml: string): void {
  const file = Deno.makeTempFileSync({ prefix: "redpak-junit-", suffix: ".xml" });
  try {
    Deno.writeTextFileSync(file, xml);
    const schema = new URL("jenkins-junit.xsd", directory).pathname;
    const args = ["--noout", "--nonet", "--schema", schema, file];
    const { success, stderr } = new Deno.Command("xmllint", { args, stdin: "null" }).outputSync();
    assert(success, new TextDecoder().decode(stderr));
  } finally {
    Deno.removeSync(file);
  }
}
