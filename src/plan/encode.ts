import { checksum } from "../core/checksum.ts";
import { RedpakError } from "../core/error.ts";
import { BINARY_FORMAT, MAX_NUMBER, MAX_SIZE } from "./binary_format.ts";
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

/**
 * Returns the binary form of a plan (binary_format.ts). Lists of names are sets: their order is not kept.
 *
 * @throws {RedpakError} `E_PLAN_UNENCODABLE` when commands are pending, or a value has no binary form (text with a NUL
 * or a lone surrogate, numbers out of range)
 */
export function encodePlan(plan: Plan): Uint8Array<ArrayBuffer> {
  if (plan.pending.length > 0) {
    throw unencodable(`${plan.pending.length} commands of the configuration have not been run`);
  }
  const out = new Writer();
  out.magic(BINARY_FORMAT.magic);
  out.u32(BINARY_FORMAT.version);
  const size = out.reserve();
  out.u32(plan.operations.length);
  out.u32(0);
  WRITE.text(out, plan.node);
  WRITE.text(out, plan.alias);
  WRITE.flag(out, plan.admin);
  for (const operation of plan.operations) writeRecord(out, operation);
  out.fill(size, out.length);
  const bytes = out.bytes();
  new DataView(bytes.buffer).setUint32(BINARY_FORMAT.checksumOffset, checksum(bytes), true);
  return bytes;
}

function writeRecord(out: Writer, operation: Operation): void {
  const { code, operands } = OPERATIONS[operation.operation];
  const start = out.length;
  out.u32(code | (BINARY_FORMAT.phases.indexOf(operation.phase) << 16));
  const size = out.reserve();
  const origin = operation.origin;
  if (origin?.file === "") throw unencodable(`the origin of ${operation.operation} has no file`);
  WRITE.text(out, origin?.file ?? "");
  WRITE.number(out, origin?.line ?? 0);
  WRITE.number(out, origin?.column ?? 0);
  const values = operation as unknown as Record<string, unknown>;
  for (const [name, kind] of Object.entries<OperandKind>(operands)) {
    (WRITE[kind] as (out: Writer, value: unknown) => void)(out, values[name]);
  }
  out.fill(size, out.length - start);
}

const WRITE: { readonly [K in OperandKind]: (out: Writer, value: OperandTypes[K]) => void } = {
  text(out, value) {
    if (value.includes("\0")) throw unencodable(`${JSON.stringify(value)} contains a NUL`);
    if (!value.isWellFormed()) throw unencodable(`${JSON.stringify(value)} contains half of a character`);
    out.text(value);
  },
  texts: (out, values) => writeList(out, values, WRITE.text),
  number(out, value) {
    if (!Number.isInteger(value) || value < 0 || value > MAX_NUMBER) {
      throw unencodable(`${value} is not an integer from 0 to ${MAX_NUMBER}`);
    }
    out.u32(value);
  },
  numbers: (out, values) => writeList(out, values, WRITE.number),
  size(out, value) {
    if (value < 0n || value > MAX_SIZE) throw unencodable(`${value} is not an integer from 0 to ${MAX_SIZE}`);
    out.u64(value);
  },
  flag: (out, value) => out.u32(value ? 1 : 0),
  namespace: (out, value) => out.u32(NAMESPACES[value]),
  namespaces: (out, values) => out.u32(values.reduce((bits, name) => bits | NAMESPACES[name], 0)),
  mountOptions: (out, values) => out.u32(values.reduce((bits, name) => bits | MOUNT_OPTIONS[name], 0)),
  capabilities(out, values) {
    WRITE.size(out, values.reduce((bits, name) => bits | 1n << BigInt(CAPABILITIES.indexOf(name)), 0n));
  },
  idMaps(out, values) {
    writeList(out, values, (out, map) => {
      for (const number of [map.inside, map.outside, map.count]) WRITE.number(out, number);
    });
  },
  source(out, value) {
    if ("path" in value) writeChoice(out, BINARY_FORMAT.sources.indexOf("path"), 0, value.path);
    else writeChoice(out, BINARY_FORMAT.sources.indexOf("descriptor"), value.descriptor, "");
  },
  content(out, value) {
    if ("command" in value) writeChoice(out, BINARY_FORMAT.contents.indexOf("command"), 0, value.command);
    else if ("text" in value) writeChoice(out, BINARY_FORMAT.contents.indexOf("text"), 0, value.text);
    else writeChoice(out, BINARY_FORMAT.contents.indexOf("descriptor"), value.descriptor, "");
  },
  filter: (out, values) => writeList(out, values, WRITE.size),
};

function writeList<T>(out: Writer, values: readonly T[], write: (out: Writer, value: T) => void): void {
  out.u32(values.length);
  for (const value of values) write(out, value);
}

function writeChoice(out: Writer, kind: number, descriptor: number, text: string): void {
  out.u32(kind);
  WRITE.number(out, descriptor);
  WRITE.text(out, text);
}

function unencodable(reason: string): RedpakError {
  return new RedpakError({ code: "E_PLAN_UNENCODABLE", message: `Cannot encode the plan: ${reason}` });
}

const encoder = new TextEncoder();

/** Bytes that grow. */
class Writer {
  #bytes = new Uint8Array(16_384);
  #view = new DataView(this.#bytes.buffer);
  length = 0;

  /** Makes room for `size` more bytes, which are zeros; returns where they start. */
  #add(size: number): number {
    const start = this.length;
    this.length += size;
    if (this.length > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.length);
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return start;
  }

  u32(value: number): void {
    const start = this.#add(4);
    this.#view.setUint32(start, value, true);
  }

  u64(value: bigint): void {
    const start = this.#add(8);
    this.#view.setBigUint64(start, value, true);
  }

  magic(text: string): void {
    const start = this.#add(text.length);
    encoder.encodeInto(text, this.#bytes.subarray(start));
  }

  /** Its length, its bytes, a NUL, and more up to a multiple of four. */
  text(value: string): void {
    const bytes = encoder.encode(value);
    this.u32(bytes.length);
    const start = this.#add((bytes.length + 4) & ~3);
    this.#bytes.set(bytes, start);
  }

  /** Leaves room for a number that is known later; returns its place for `fill`. */
  reserve(): number {
    return this.#add(4);
  }

  fill(place: number, value: number): void {
    this.#view.setUint32(place, value, true);
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.length);
  }
}
