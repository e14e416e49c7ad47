import { anything, array, boolean, nullable, number, object, position, type Schema, string } from "./json_schema.ts";
import { PACKAGE_DOCUMENTS } from "./package_documents.ts";
import { type OperandKind, type OperationRow, OPERATIONS } from "../plan/operation.ts";

const percent: Schema = nullable({ type: "number" });
const fix = object({ action: { enum: ["set", "remove", "chmod"] }, file: string }, {
  path: array({ type: ["string", "integer"] }),
  text: string,
  mode: string,
});
const problem = object({ code: string, message: string }, {
  where: position,
  limit: position,
  hints: array(string),
  because: array(string),
  fix,
});
const finding = {
  check: string,
  severity: { enum: ["error", "warning"] },
  node: string,
  code: string,
  message: string,
  where: nullable(position),
  limit: nullable(position),
};
const isolation = {
  devices: array(object({ path: string, access: string })),
  network: object({
    kind: { enum: ["own", "shared", "joined"] },
    bind: nullable(array(number)),
    connect: nullable(array(number)),
  }),
  shared: array(string),
  capabilities: array(string),
  seccomp: string,
  isRoot: boolean,
};
const usage = {
  source: { enum: ["cgroup", "processes"] },
  cpuSeconds: nullable({ type: "number" }),
  memoryBytes: nullable(number),
  processes: nullable(number),
  readBytes: nullable(number),
  writtenBytes: nullable(number),
  pressure: object({ cpu: percent, memory: percent, io: percent }),
};
const ofFinding = { hints: array(string), path: string, package: string };
const origins: Schema = { type: "object", additionalProperties: array(position) };
const texts: Schema = { type: "object", additionalProperties: string };
const hostFacts = object({
  kernel: string,
  missingCalls: array(string),
  landlock: number,
  seccomp: boolean,
  sysctls: { type: "object", additionalProperties: nullable(string) },
  modules: nullable(array(string)),
  cgroups: object({
    own: nullable(string),
    controllers: array(string),
    version1: array(string),
    delegated: boolean,
  }),
  writable: { type: "object", additionalProperties: nullable(string) },
  confinement: texts,
});
const pending = object({ command: string, use: string, where: position });

const OPERAND_SCHEMAS: Readonly<Record<OperandKind, Schema>> = {
  text: string,
  texts: array(string),
  number,
  numbers: array(number),
  size: { type: "string", pattern: "^[0-9]+$" },
  flag: boolean,
  namespace: string,
  namespaces: array(string),
  mountOptions: array(string),
  capabilities: array(string),
  idMaps: array(object({ inside: number, outside: number, count: number })),
  source: { anyOf: [object({ path: string }), object({ descriptor: number })] },
  content: { anyOf: [object({ command: string }), object({ descriptor: number }), object({ text: string })] },
  filter: object({ instructions: number, base64: string }),
};

function operationSchema(name: string, row: OperationRow): Schema {
  const operands = Object.entries(row.operands).map(([key, kind]) => [key, OPERAND_SCHEMAS[kind]] as const);
  return object(
    { operation: { const: name }, phase: { enum: ["host", "init"] }, ...Object.fromEntries(operands) },
    { origin: position },
  );
}

/** What `data` of each document is. */
const DATA = {
  Audit: object({
    id: string,
    node: string,
    drifts: array(object({ subject: string, expected: string, found: string }, { where: position })),
    uncertified: array(object({ node: string, message: string })),
  }),
  BwrapCommand: object({
    before: array(string),
    options: array(string),
    program: array(string),
    files: array(object({ descriptor: number, command: string }, { output: string })),
    commands: array(object({ command: string, stripped: boolean })),
    directories: array(string),
    inheritEnvironment: boolean,
  }),
  Candidates: array(object({ word: string, meaning: string })),
  Change: object({ action: string, node: string, dryRun: boolean, changed: boolean }),
  Check: object(
    { nodes: array(object({ path: string, ok: boolean, problems: array(problem), warnings: array(problem) })) },
    {
      repair: object({
        dryRun: boolean,
        changed: boolean,
        changes: array(object({ where: position, key: string, before: nullable(string), after: nullable(string) })),
        modes: array(fix),
      }),
    },
  ),
  Completions: object({ shell: string, script: string }),
  ConfigDiff: object({
    before: string,
    after: string,
    differences: array(object({
      kind: { enum: ["added", "removed", "changed"] },
      section: string,
      name: string,
      before: nullable(string),
      after: nullable(string),
      beforeAt: array(position),
      afterAt: array(position),
    })),
  }),
  Verification: object({
    root: string,
    proven: boolean,
    nodes: array(string),
    files: number,
    checks: array(object({ id: string, title: string, findings: number })),
    findings: array(object(finding, ofFinding)),
    accepted: array(object({ ...finding, reason: string, until: string }, ofFinding)),
    access: array(object({
      node: string,
      alias: string,
      binds: array(object({
        source: string,
        destination: string,
        write: boolean,
        execute: boolean,
        hidden: array(string),
      })),
      ...isolation,
    })),
  }),
  Graph: object({
    root: string,
    node: nullable(string),
    proven: boolean,
    observedAt: nullable(string),
    totals: object({ stored: number, shared: number, duplicated: number }),
    nodes: array(object({
      path: string,
      parent: nullable(string),
      alias: nullable(string),
      info: nullable(string),
      state: nullable(string),
      mounts: array(number),
      limits: array(object({ name: string, value: string, by: nullable(string), where: nullable(position) })),
      isolation: nullable(object(isolation)),
      packages: nullable(array(object({ label: string, files: number, bytes: number }))),
      bytes: object({ own: number, inherited: number, duplicated: number }),
      inherited: array(object({ node: string, packages: number, bytes: number })),
      users: number,
      running: array(object({ id: string, ...usage })),
    })),
    mounts: array(object({
      destination: string,
      kind: string,
      source: nullable(string),
      owner: nullable(string),
      options: array(string),
      size: nullable(number),
      optional: boolean,
      where: nullable(position),
      by: nullable(string),
    })),
    checks: array(object({ id: string, title: string, why: string, findings: number })),
    findings: array(object({ ...finding, hints: array(string) }, ofFinding)),
    accepted: array(object({ ...finding, hints: array(string), reason: string, until: string }, ofFinding)),
    duplicates: array(object({ label: string, bytes: number, nodes: array(string), common: nullable(string) })),
  }),
  Certification: object({ root: string, file: string, key: string, nodes: number, files: number }),
  BillOfMaterials: object({
    subject: string,
    format: { enum: ["cyclonedx", "spdx"] },
    nodes: array(string),
    packages: number,
    file: nullable(string),
    document: anything,
  }),
  CertificateComparison: object({
    root: string,
    proven: boolean,
    time: string,
    version: string,
    nodes: array(string),
    findings: array(object(finding, ofFinding)),
  }),
  Doctor: object(
    {
      launches: boolean,
      checks: array(object({
        id: string,
        status: { enum: ["ok", "warn", "fail", "info"] },
        seen: string,
        why: string,
        fix: nullable(string),
      })),
    },
    { report: object({ program: anything, uid: number, facts: hostFacts, environment: texts }) },
  ),
  Explanation: object({
    node: string,
    admin: boolean,
    subject: string,
    value: nullable(string),
    statements: array(
      object({ node: string, part: string, where: position, says: string, counts: boolean, because: string }),
    ),
    refused: array(problem),
    others: array(string),
  }, {
    mode: nullable(string),
    source: nullable(string),
    access: { enum: ["read-only", "writable", null] },
    onHost: nullable(string),
  }),
  Help: object({ subject: nullable(string), text: string }),
  HostFacts: hostFacts,
  Links: object({ target: string, links: array(string), dryRun: boolean }),
  ManualPage: object({ name: string, roff: string }),
  MergedConfig: object(
    { node: string, admin: boolean, expanded: boolean, config: { type: "object" }, pending: array(pending) },
    { origins },
  ),
  Node: object({
    path: string,
    files: array(object({ part: string, file: string, content: { type: "object" } }, { origins })),
  }),
  Plan: object({
    version: { const: 1 },
    node: string,
    alias: string,
    admin: boolean,
    pending: array(pending),
    warnings: array(problem),
    operations: array({ oneOf: Object.entries(OPERATIONS).map(([name, row]) => operationSchema(name, row)) }),
  }),
  Detached: object({ id: string, pid: number, node: string }),
  RunningNodes: object({
    nodes: array(object({
      id: string,
      alias: string,
      node: string,
      admin: boolean,
      state: { enum: ["starting", "running"] },
      pid: number,
      supervisor: nullable(number),
      init: nullable(number),
      program: nullable(number),
      startedAt: string,
      uptimeSeconds: number,
      memoryBytes: nullable(number),
    })),
  }),
  Schema: anything,
  Seal: object({
    launchers: array(object({ node: string, file: string, architecture: string, size: number })),
  }),
  SealedLauncher: object({
    file: string,
    architecture: string,
    size: number,
    node: string,
    admin: { type: "boolean" },
    uid: number,
    gid: number,
    kernel: nullable(string),
    renew: array(string),
    sources: array(object({ path: string, state: { enum: ["fresh", "changed"] } })),
    plan: anything,
  }),
  SchemaKinds: object({ files: array(string), documents: array(string) }),
  Stats: object({
    nodes: array(object({
      id: string,
      node: string,
      cpuPercent: nullable({ type: "number" }),
      ...usage,
    })),
  }),
  Stop: object({ id: string, node: string, killed: boolean }),
  Tree: object({ root: string, nodes: array({ $ref: "#/$defs/node" }) }),
  Units: object({
    services: array(object({ node: string, name: string, level: number, after: array(string) })),
    files: array(object({ name: string, file: nullable(string), text: string })),
  }),
  Version: object({ redpak: string, deno: string, architecture: string }),
  ...PACKAGE_DOCUMENTS,
} as const satisfies Readonly<Record<string, Schema>>;

const treeNode = object({
  path: string,
  alias: nullable(string),
  info: nullable(string),
  state: nullable(string),
  error: nullable(object({ code: string, message: string, where: nullable(position) })),
  children: array({ $ref: "#/$defs/node" }),
});

const errorDocument = object({
  schemaVersion: { const: 1 },
  kind: { const: "Error" },
  code: string,
  message: string,
  causes: array(string),
  hints: array(string),
  where: nullable(position),
  errno: nullable(string),
  problems: array(problem),
});

/** The kinds of documents that `--json` prints; `Error` goes to standard error. */
export const DOCUMENT_KINDS = [...Object.keys(DATA), "Error"].sort();

/** The JSON schema (draft 2020-12) of a document. */
export function documentSchema(kind: string): Schema {
  const head = { $schema: "https://json-schema.org/draft/2020-12/schema", $id: `urn:redpak:schema:${kind}` };
  if (kind === "Error") return { ...head, ...errorDocument };
  const data = (DATA as Readonly<Record<string, Schema>>)[kind] ?? anything;
  const document = object({ schemaVersion: { const: 1 }, kind: { const: kind }, data, warnings: array(problem) });
  return { ...head, ...document, ...kind === "Tree" ? { $defs: { node: treeNode } } : {} };
}
