import assert from "node:assert/strict";
import { Ajv } from "ajv";
import * as YAML from "yaml";
import { policyProblems, problems, statusProblems } from "./_parse_fixtures.ts";
import { jsonSchema, type SchemaKind } from "./json_schema.ts";
import { CONFIG_DESCRIPTIONS, POLICY_DESCRIPTIONS, STATUS_DESCRIPTIONS } from "./schema_descriptions.ts";

const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });
const validate = {
  config: ajv.compile(jsonSchema("config")),
  status: ajv.compile(jsonSchema("status")),
  policy: ajv.compile(jsonSchema("policy")),
};

/** Whether an editor, who gives unquoted scalars the types of YAML 1.2, finds nothing wrong. */
function fits(kind: SchemaKind, text: string): boolean {
  return validate[kind](YAML.parse(text));
}

const HEADERS = "headers: {alias: a}\n";

for (
  const text of [
    HEADERS,
    "headers: {alias: 42, name: 7, info: true}",
    `${HEADERS}config: {umask: 027, set-user: 1000, hostname: , chdir: ~, verbose: 0x1b, map-root-user: 1}`,
    `${HEADERS}config: {gpgcheck: true, unsafe: no, inherit-env: 0, die-with-parent: Enabled, new-session: 2}`,
    `${HEADERS}config: {gpgcheck: "yes", verbose: "12", die-with-parent: "Unset"}`,
    `${HEADERS}config: {share_net: enabled, share_pid: /proc/1/ns/pid}`,
    `${HEADERS}config: {maxage: [1, {a: b}], inherit: true}`,
    `${HEADERS}config: {cgroups: {cpu: {weight: 100}, pids: {max: 20}, mem: {max: 1G}}, capabilities: [{cap: ALL, add: 0}]}`,
    `${HEADERS}exports: [{mode: Tmpfs, mount: /x}, {mode: Public, mount: /y, path: 7, optional: true}]`,
    `${HEADERS}environ: [{key: A, value: 1}, {key: B, mode: Remove}, {key: C, value: }]`,
  ]
) {
  Deno.test(`editor and reader accept ${JSON.stringify(text)}`, async () => {
    assert.ok(fits("config", text), JSON.stringify(validate.config.errors));
    assert.deepEqual(await problems(text), []);
  });
}

for (
  const text of [
    "{}",
    "headers: {}",
    "headers: {alias: A}",
    "headers: {alias: [a]}",
    `${HEADERS}relocations: []`,
    `${HEADERS}exports: {}`,
    `${HEADERS}exports: [{mode: Publc, mount: /x}]`,
    `${HEADERS}exports: [{mode: Public}]`,
    `${HEADERS}environ: [{key: A=B, value: x}]`,
    `${HEADERS}config: {umsak: 027}`,
    `${HEADERS}config: {umask: [1]}`,
    `${HEADERS}config: {gpgcheck: maybe}`,
    `${HEADERS}config: {verbose: 1.5}`,
    `${HEADERS}config: {verbose: abc}`,
    `${HEADERS}config: {share_net: enable}`,
    `${HEADERS}config: {new-session: 7}`,
    `${HEADERS}config: {cgroups: {mem: {foo: 1}}}`,
    `${HEADERS}config: {capabilities: [{cap: ALL}]}`,
    `${HEADERS}exports: [${"{mode: Tmpfs, mount: /x}, ".repeat(513)}]`,
  ]
) {
  Deno.test(`editor and reader refuse ${JSON.stringify(text.slice(0, 80))}`, async () => {
    assert.ok(!fits("config", text));
    assert.notDeepEqual(await problems(text), []);
  });
}

Deno.test("editor and reader agree about status files", async () => {
  const status = "realpath: /n\ninfo: x\ntimestamp: 1700000000000\nstate: Enable\n";
  assert.ok(fits("status", status));
  assert.deepEqual(await statusProblems(status), []);
  for (const line of ["state: Enabled", "timestamp: soon", "realpath: [/]", "foo: 1"]) {
    const text = `${
      status.split("\n").filter((known) => known.split(":")[0] !== line.split(":")[0]).join("\n")
    }${line}\n`;
    assert.ok(!fits("status", text), line);
    assert.notDeepEqual(await statusProblems(text), [], line);
  }
});

Deno.test("editor and reader agree about policies", async () => {
  for (
    const text of [
      "{}",
      "limits: {}",
      "limits: {exports: [], config: {}}",
      "limits: {exports: [{mode: Restricted, mount: /usr}, {mode: Public, mount: /, path: /srv, info: x}]}",
      "limits: {config: {share_net: disabled, set-user: 1000, set-group: can, capabilities: [{cap: ALL, add: 1}]}}",
      "{commands: forbid, owners: [root, 1000]}",
    ]
  ) {
    assert.ok(fits("policy", text), text);
    assert.deepEqual(await policyProblems(text), [], text);
  }
  for (
    const text of [
      "limit: {}",
      "limits: {environ: []}",
      "limits: {exports: [{mode: Symlink, mount: /x}]}",
      "limits: {exports: [{mode: Public, mount: $HOME}]}",
      "limits: {exports: [{mode: Public, mount: srv}]}",
      "limits: {exports: [{mode: Public, mount: /x, optional: true}]}",
      "limits: {config: {umask: 027}}",
      "commands: never",
      "owners: root",
    ]
  ) {
    assert.ok(!fits("policy", text), text);
    assert.notDeepEqual(await policyProblems(text), [], text);
  }
});

/** Paths of all keys of a schema, as in the descriptions. */
function keysOf(json: Record<string, unknown>, path = ""): string[] {
  const items = json["items"] === undefined ? [] : keysOf(json["items"] as Record<string, unknown>, `${path}[]`);
  const properties = Object.entries((json["properties"] ?? {}) as Record<string, Record<string, unknown>>);
  return properties.flatMap(([key, value]) => {
    const inner = path === "" ? key : `${path}.${key}`;
    return [inner, ...keysOf(value, inner)];
  }).concat(items);
}

Deno.test("every key has a description, and every description a key", () => {
  assert.deepEqual(keysOf(jsonSchema("config")).sort(), Object.keys(CONFIG_DESCRIPTIONS).sort());
  assert.deepEqual(keysOf(jsonSchema("status")).sort(), Object.keys(STATUS_DESCRIPTIONS).sort());
  assert.deepEqual(keysOf(jsonSchema("policy")).sort(), Object.keys(POLICY_DESCRIPTIONS).sort());
});

Deno.test("an editor lists the values of a key", () => {
  const environ = JSON.stringify(jsonSchema("config")["properties"]);
  assert.match(environ, /"enum":\["Default","Static","Execfd","Remove","Inherit"\]/);
});
