import { checksum } from "../core/checksum.ts";
import { RedpakError } from "../core/error.ts";
import { BINARY_FORMAT } from "./binary_format.ts";
import {
  CAPABILITIES,
  MOUNT_OPTIONS,
  NAMESPACES,
  type OperandKind,
  type OperandTypes,
  type Operation,
  type OperationName,
  OPERATIONS,
} from "./operation.ts";
import type { Plan } from "./plan.ts";

/**
 * Reads the binary form of a plan (binary_format.ts). What it accepts is exactly what `encodePlan` writes.
 *
 * @throws {RedpakError} `E_PLAN_MALFORMED`, with the offset in the message
 */
export function decodePlan(bytes: Uint8Array): Plan {
  const input = new Reader(bytes, 0, bytes.length);
  const { version, count, node, alias, admin } = readHeader(bytes, input);
  const operations: Operation[] = [];
  while (operations.length < count) operations.push(readRecord(input));
  input.end();
  return { version, node, alias, admin, pending: [], warnings: [], operations };
}

/** What an undamaged plan is of, without reading all of it; see `decodePlan`. */
export function decodePlanHeader(bytes: Uint8Array): Pick<Plan, "node" | "alias" | "admin"> {
  const { node, alias, admin } = readHeader(bytes, new Reader(bytes, 0, bytes.length));
  return { node, alias, admin };
}

function readHeader(bytes: Uint8Array, input: Reader) {
  for (const character of BINARY_FORMAT.magic) {
    if (input.byte() !== character.charCodeAt(0)) throw malformed(0, "it does not start as a plan");
  }
  const version = input.u32();
  if (version !== BINARY_FORMAT.version) throw malformed(8, `version ${version} is not supported`);
  const size = input.u32();
  if (size !== input.size) throw malformed(12, `its size should be ${size} bytes and is ${input.size}`);
  const count = input.u32();
  const place = BINARY_FORMAT.checksumOffset;
  if (input.u32() !== checksum(bytes, place)) throw malformed(place, "it is damaged, its checksum is another");
  const node = READ.text(input);
  const alias = READ.text(input);
  const admin = READ.flag(input);
  return { version, count, node, alias, admin } as const;
}

const NAMES = new Map<number, OperationName>(
  Object.entries(OPERATIONS).map(([name, row]) => [row.code, name as OperationName]),
);

function readRecord(input: Reader): Operation {
  const start = input.offset;
  const head = input.u32();
  const record = input.part(start, input.u32());
  const name = NAMES.get(head & 0xffff);
  if (name === undefined) throw malformed(start, `operation ${head & 0xffff} is not known`);
  const phase = BINARY_FORMAT.phases[head >>> 16];
  if (phase === undefined) throw malformed(start, `phase ${head >>> 16} is not known`);
  const where = record.offset;
  const origin = { file: READ.text(record), line: record.u32(), column: record.u32() };
  if (origin.file === "" && (origin.line !== 0 || origin.column !== 0)) {
    throw malformed(where, "an origin without a file has a line");
  }
  const operation: Record<string, unknown> = { operation: name, phase };
  if (origin.file !== "") operation["origin"] = origin;
  for (const [operand, kind] of Object.entries<OperandKind>(OPERATIONS[name].operands)) {
    operation[operand] = READ[kind](record);
  }
  record.end();
  return operation as unknown as Operation;
}

const READ: { readonly [K in OperandKind]: (input: Reader) => OperandTypes[K] } = {
  text: (input) => input.text(),
  texts: (input) => readList(input, READ.text),
  number: (input) => input.u32(),
  numbers: (input) => readList(input, READ.number),
  size: (input) => input.u64(),
  flag(input) {
    const value = input.u32();
    if (value > 1) throw malformed(input.offset - 4, `${value} is neither 0 nor 1`);
    return value === 1;
  },
  namespace(input) {
    const [namespace, ...others] = READ.namespaces(input);
    if (namespace === undefined || others.length > 0) throw malformed(input.offset - 4, "not one namespace");
    return namespace;
  },
  namespaces: (input) => readNames(input, NAMESPACES),
  mountOptions: (input) => readNames(input, MOUNT_OPTIONS),
  capabilities(input) {
    const bits = READ.size(input);
    if (bits >> BigInt(CAPABILITIES.length) !== 0n) throw malformed(input.offset - 8, "unknown capabilities");
    return CAPABILITIES.filter((_, number) => (bits >> BigInt(number) & 1n) === 1n);
  },
  idMaps: (input) => readList(input, (input) => ({ inside: input.u32(), outside: input.u32(), count: input.u32() })),
  source(input) {
    const { kind, descriptor, text } = readChoice(input, BINARY_FORMAT.sources);
    return kind === "path" ? { path: text } : { descriptor };
  },
  content(input) {
    const { kind, descriptor, text } = readChoice(input, BINARY_FORMAT.contents);
    return kind === "command" ? { command: text } : kind === "text" ? { text } : { descriptor };
  },
  filter: (input) => readList(input, READ.size),
};

function readList<T>(input: Reader, read: (input: Reader) => T): T[] {
  const count = input.u32();
  const values: T[] = [];
  while (values.length < count) values.push(read(input));
  return values;
}

/** Names of the bits that are set, in the order of the table. */
function readNames<K extends string>(input: Reader, table: Readonly<Record<K, number>>): K[] {
  let rest = input.u32();
  const names = (Object.keys(table) as K[]).filter((name) => (rest & table[name]) !== 0);
  for (const name of names) rest &= ~table[name];
  if (rest !== 0) throw malformed(input.offset - 4, "unknown bits are set");
  return names;
}

function readChoice<const K extends string>(input: Reader, kinds: readonly K[]) {
  const start = input.offset;
  const number = input.u32();
  const kind = kinds[number];
  if (kind === undefined) throw malformed(start, `kind ${number} is not known`);
  const descriptor = input.u32();
  const text = input.text();
  if (kind === "descriptor" ? text !== "" : descriptor !== 0) {
    throw malformed(start, `a ${kind} comes with something else`);
  }
  return { kind, descriptor, text };
}

function malformed(offset: number, reason: string): RedpakError {
  return new RedpakError({ code: "E_PLAN_MALFORMED", message: `Cannot decode the plan at byte ${offset}: ${reason}` });
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A part of the bytes, read from its start to its end. */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  offset: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.offset = start;
    this.#end = end;
  }

  /** Of all bytes. */
  get size(): number {
    return this.#bytes.length;
  }

  /** Returns where the next `size` bytes start and skips them. */
  #take(size: number): number {
    const start = this.offset;
    if (size > this.#end - start) throw malformed(start, `${size} bytes are expected, ${this.#end - start} are left`);
    this.offset = start + size;
    return start;
  }

  byte(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  text(): string {
    const length = this.u32();
    const start = this.#take(length);
    const bytes = this.#bytes.subarray(start, start + length);
    if (bytes.includes(0)) throw malformed(start, "a text contains a NUL");
    do {
      if (this.byte() !== 0) throw malformed(this.offset - 1, "a text is not padded with zeros");
    } while (this.offset % 4 !== 0);
    try {
      return decoder.decode(bytes);
    } catch {
      throw malformed(start, "a text is not UTF-8");
    }
  }

  /** A reader of the rest of an item that started at `start` and is `size` bytes long; this reader continues behind. */
  part(start: number, size: number): Reader {
    const inner = this.offset;
    if (start + size < inner) throw malformed(start, `${size} bytes are too few for a record`);
    this.#take(start + size - inner);
    return new Reader(this.#bytes, inner, start + size);
  }

  end(): void {
    if (this.offset !== this.#end) throw malformed(this.offset, `${this.#end - this.offset} bytes are left over`);
  }
}
