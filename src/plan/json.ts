import type { PendingCommand } from "../config/merged.ts";
import type { Position, Problem } from "../core/error.ts";
import { BINARY_FORMAT, MAX_NUMBER, MAX_SIZE } from "./binary_format.ts";
import {
  array,
  check,
  field,
  has,
  type JsonPlace,
  malformed,
  object,
  objectOf,
  oneOf,
  startPlace,
  text,
} from "./_json_reader.ts";
import {
  CAPABILITIES,
  MOUNT_OPTIONS,
  type MountOption,
  type Namespace,
  NAMESPACES,
  type OperandKind,
  type OperandTypes,
  type Operation,
  type OperationName,
  OPERATIONS,
} from "./operation.ts";
import type { Plan } from "./plan.ts";

/**
 * The plan as JSON has it: the same names; 64-bit numbers as decimal text, for JSON readers round them; filters as their
 * number of instructions and their bytes in base64.
 */
export function planToJson(plan: Plan): unknown {
  const operations = plan.operations.map((operation) => {
    const kinds: Readonly<Record<string, OperandKind>> = OPERATIONS[operation.operation].operands;
    return Object.fromEntries(
      Object.entries(operation).map(([name, value]) => {
        if (typeof value === "bigint") return [name, String(value)];
        return [name, kinds[name] === "filter" ? filterToJson(value) : value];
      }),
    );
  });
  return { ...plan, operations };
}

function filterToJson(filter: readonly bigint[]): unknown {
  const bytes = new DataView(new ArrayBuffer(8 * filter.length));
  filter.forEach((instruction, index) => bytes.setBigUint64(8 * index, instruction, true));
  return { instructions: filter.length, base64: new Uint8Array(bytes.buffer).toBase64() };
}

/**
 * The plan of a JSON value. Every key is expected to be known.
 *
 * @throws {RedpakError} `E_PLAN_MALFORMED`, with the path of the first value that is wrong in the message
 */
export function planFromJson(value: unknown): Plan {
  const plan = objectOf(startPlace(value), PLAN_KEYS);
  return {
    version: oneOf(field(plan, "version"), [BINARY_FORMAT.version]),
    node: text(field(plan, "node")),
    alias: text(field(plan, "alias")),
    admin: READ.flag(field(plan, "admin")),
    pending: array(field(plan, "pending"), readPending),
    warnings: array(field(plan, "warnings"), readProblem),
    operations: array(field(plan, "operations"), readOperation),
  };
}

const PLAN_KEYS = ["version", "node", "alias", "admin", "pending", "warnings", "operations"];

function readPending(place: JsonPlace): PendingCommand {
  const pending = objectOf(place, ["command", "use", "where"]);
  return {
    command: text(field(pending, "command")),
    use: oneOf(field(pending, "use"), ["substitution", "environ", "export"]),
    where: readPosition(field(pending, "where")),
  };
}

function readProblem(place: JsonPlace): Problem {
  const problem = objectOf(place, ["code", "message", "where", "hints"]);
  return {
    code: text(field(problem, "code")),
    message: text(field(problem, "message")),
    ...(has(problem, "where") && { where: readPosition(field(problem, "where")) }),
    ...(has(problem, "hints") && { hints: array(field(problem, "hints"), text) }),
  };
}

function readPosition(place: JsonPlace): Position {
  const position = objectOf(place, ["file", "line", "column", "profile"]);
  return {
    file: text(field(position, "file")),
    line: READ.number(field(position, "line")),
    column: READ.number(field(position, "column")),
    ...(has(position, "profile") && { profile: text(field(position, "profile")) }),
  };
}

function readOperation(place: JsonPlace): Operation {
  const names = Object.keys(OPERATIONS) as OperationName[];
  const name = oneOf(field(object(place), "operation"), names);
  const operands = Object.entries<OperandKind>(OPERATIONS[name].operands);
  const operation = objectOf(place, ["operation", "phase", "origin", ...operands.map(([name]) => name)]);
  return {
    operation: name,
    phase: oneOf(field(operation, "phase"), BINARY_FORMAT.phases),
    ...(has(operation, "origin") && { origin: readPosition(field(operation, "origin")) }),
    ...Object.fromEntries(operands.map(([name, kind]) => [name, READ[kind](field(operation, name))])),
  } as unknown as Operation;
}

const READ: { readonly [K in OperandKind]: (place: JsonPlace) => OperandTypes[K] } = {
  text,
  texts: (place) => array(place, text),
  number: (place) => check(place, isNumber, `an integer from 0 to ${MAX_NUMBER}`),
  numbers: (place) => array(place, READ.number),
  size(place) {
    const digits = check(place, isSize, `a decimal integer from 0 to ${MAX_SIZE}, as text`);
    return BigInt(digits);
  },
  flag: (place) => check(place, (value) => typeof value === "boolean", "true or false"),
  namespace: (place) => oneOf(place, Object.keys(NAMESPACES) as Namespace[]),
  namespaces: (place) => array(place, READ.namespace),
  mountOptions: (place) => array(place, (place) => oneOf(place, Object.keys(MOUNT_OPTIONS) as MountOption[])),
  capabilities: (place) => array(place, (place) => oneOf(place, CAPABILITIES)),
  idMaps: (place) =>
    array(place, (place) => {
      const map = objectOf(place, ["inside", "outside", "count"]);
      const number = (key: string) => READ.number(field(map, key));
      return { inside: number("inside"), outside: number("outside"), count: number("count") };
    }),
  source(place) {
    const choice = readChoice(place, BINARY_FORMAT.sources);
    return choice.kind === "path" ? { path: text(choice.place) } : { descriptor: READ.number(choice.place) };
  },
  content(place) {
    const choice = readChoice(place, BINARY_FORMAT.contents);
    if (choice.kind === "descriptor") return { descriptor: READ.number(choice.place) };
    return choice.kind === "command" ? { command: text(choice.place) } : { text: text(choice.place) };
  },
  filter(place) {
    const filter = objectOf(place, ["instructions", "base64"]);
    const bytes = check(field(filter, "base64"), isBase64, "bytes in base64");
    const view = new DataView(Uint8Array.fromBase64(bytes).buffer);
    const count = Math.floor(view.byteLength / 8);
    oneOf(field(filter, "instructions"), view.byteLength % 8 === 0 ? [count] : []);
    return Array.from({ length: count }, (_, index) => view.getBigUint64(8 * index, true));
  },
};

function isNumber(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_NUMBER;
}

function isSize(value: unknown): value is string {
  return typeof value === "string" && /^(?:0|[1-9][0-9]{0,19})$/.test(value) && BigInt(value) <= MAX_SIZE;
}

function isBase64(value: unknown): value is string {
  return typeof value === "string" && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}

/** An object with exactly one key, whose name is its kind. */
function readChoice<const K extends string>(place: JsonPlace, kinds: readonly K[]): { kind: K; place: JsonPlace } {
  const choice = objectOf(place, kinds);
  const present = kinds.filter((kind) => has(choice, kind));
  const [kind] = present;
  if (kind === undefined || present.length > 1) throw malformed(place, `one of ${kinds.join(", ")}`);
  return { kind, place: field(choice, kind) };
}
