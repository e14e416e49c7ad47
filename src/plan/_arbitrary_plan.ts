import * as fc from "fast-check";
import { MAX_NUMBER, MAX_SIZE } from "./binary_format.ts";
import {
  CAPABILITIES,
  MOUNT_OPTIONS,
  NAMESPACES,
  type OperandKind,
  type OperandTypes,
  type Operation,
  OPERATIONS,
} from "./operation.ts";
import type { Plan } from "./plan.ts";

/** Generators for property tests, derived from the table of operations: a new operation is tested by being there. */

const record = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(fields, { noNullPrototype: true });

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }).map((text) => text.replaceAll("\0", "")),
  fc.constantFrom("", "/", "/usr/bin", "\ufeff", "é\n\t\u001b[0m", "𝄞"),
);
const number = fc.oneof(fc.nat(), fc.constantFrom(0, 1, 2 ** 31, MAX_NUMBER));
const namesOf = <K extends string>(table: Readonly<Record<K, number>>) => fc.subarray(Object.keys(table) as K[]);

const KINDS: { readonly [K in OperandKind]: fc.Arbitrary<OperandTypes[K]> } = {
  text,
  texts: fc.array(text, { maxLength: 4 }),
  number,
  numbers: fc.array(number, { maxLength: 4 }),
  size: fc.oneof(fc.bigInt(0n, MAX_SIZE), fc.constant(MAX_SIZE)),
  flag: fc.boolean(),
  namespace: fc.constantFrom(...Object.keys(NAMESPACES) as (keyof typeof NAMESPACES)[]),
  namespaces: namesOf(NAMESPACES),
  mountOptions: namesOf(MOUNT_OPTIONS),
  capabilities: fc.subarray([...CAPABILITIES]),
  idMaps: fc.array(record({ inside: number, outside: number, count: number }), { maxLength: 3 }),
  source: fc.oneof(record({ path: text }), record({ descriptor: number })),
  content: fc.oneof(record({ command: text }), record({ descriptor: number }), record({ text })),
  filter: fc.array(fc.bigInt(0n, MAX_SIZE), { maxLength: 3 }),
};

const origin = record({ file: text.filter((file) => file !== ""), line: number, column: number });

export const arbitraryOperation: fc.Arbitrary<Operation> = fc.oneof(
  ...Object.entries(OPERATIONS).map(([operation, { operands }]) =>
    fc.tuple(
      record({
        operation: fc.constant(operation),
        phase: fc.constantFrom("host", "init"),
        ...Object.fromEntries(Object.entries<OperandKind>(operands).map(([name, kind]) => [name, KINDS[kind]])),
      }),
      fc.option(record({ origin })),
    ).map(([operation, origin]) => ({ ...operation, ...origin }))
  ),
) as fc.Arbitrary<unknown> as fc.Arbitrary<Operation>;

/** Plans that have a binary form: nothing pending, no warnings. */
export const arbitraryPlan: fc.Arbitrary<Plan> = record({
  version: fc.constant(1),
  node: text,
  alias: text,
  admin: fc.boolean(),
  pending: fc.constant([]),
  warnings: fc.constant([]),
  operations: fc.array(arbitraryOperation, { maxLength: 8 }),
});
