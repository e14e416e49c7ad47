import type { LaunchBasis } from "../config/launch_basis.ts";
import { checksum } from "../core/checksum.ts";
import { RedpakError } from "../core/error.ts";
import { decodePlan, decodePlanHeader } from "../plan/decode.ts";
import { planFromJson, planToJson } from "../plan/json.ts";
import type { Plan } from "../plan/plan.ts";
import { unsealPlan } from "../plan/seal_plan.ts";

/** What is written down about a launch, so that the running node can be found again. */
export interface RunRecord {
  /** What users call it: the node's alias and the pid of the process. */
  readonly id: string;
  readonly process: ProcessName;
  /** `/proc/sys/kernel/random/boot_id`: pids and times begin anew with each start of the machine. */
  readonly bootId: string;
  /** When redpak was started, milliseconds since 1970. */
  readonly startedAt: number;
  /** Of the plan, for whoever looks for a node. */
  readonly node: string;
  readonly alias: string;
  readonly admin: boolean;
  /** What it follows from; undefined for a sealed launcher, which writes down its plan only. */
  readonly basis: LaunchBasis | undefined;
  /** What was done, complete: the configuration may have changed since. Read from its text when it is asked for. */
  readonly plan: Plan;
}

/**
 * Who the process of a record is: the supervisor of the node, whose child is its init; the init, whose supervisor has left or may
 * do so; or the program, where that is PID 1 of the node.
 */
export type RecordedRole = "supervisor" | "init" | "program";

/** Names one process since the machine was started. */
export interface ProcessName {
  readonly role: RecordedRole;
  /** As `/proc/self/ns/pid` gives it, `pid:[4026531836]`: elsewhere the pid is another process's. */
  readonly pidNamespace: string;
  readonly pid: number;
  readonly startTime: number;
}

/** The readable part of an id: an alias may contain anything. */
export function runId(alias: string, pid: number): string {
  return `${alias.replace(/[^\w.-]+/g, "_").slice(0, 32) || "node"}-${pid}`;
}

/**
 * The name of a record's file. INVARIANT: never used by two processes, so whoever finds out that the process is gone may
 * remove the file, at any time and without a lock.
 */
export function recordName({ pidNamespace, pid, startTime, role }: ProcessName): string {
  return `${/\d+/.exec(pidNamespace)?.[0] ?? 0}.${pid}.${startTime}${role === "supervisor" ? "" : `.${role}`}.json`;
}

/** Reads the name of a record, or of one that was not finished: those begin with a dot. */
export function parseRecordName(name: string): (ProcessName & { readonly isComplete: boolean }) | undefined {
  const match = /^(\.?)(\d+)\.([1-9]\d*)\.(\d+)(?:\.(init|program))?\.json$/.exec(name);
  if (match === null) return undefined;
  const [, dot, inode, pid, startTime, role = "supervisor"] = match;
  return {
    role: role as RecordedRole,
    pidNamespace: `pid:[${inode}]`,
    pid: Number(pid),
    startTime: Number(startTime),
    isComplete: dot === "",
  };
}

/**
 * Three lines of JSON, each with its checksum behind it: what the node is found by, the plan, and what that follows from.
 * A plan is a hundred times as long, and who lists many nodes needs none.
 */
export function encodeRecord({ plan, basis, ...head }: RunRecord): Uint8Array {
  const lines = [{ version: 4, ...head }, planToJson(plan), basis].map(encodeLine);
  const record = new Uint8Array(lines.reduce((length, line) => length + line.length, 0));
  let length = 0;
  for (const line of lines) {
    record.set(line, length);
    length += line.length;
  }
  return record;
}

/** The digits of a checksum, and the line break. */
const LINE_END = 9;

function encodeLine(value: unknown): Uint8Array {
  const body = new TextEncoder().encode(`${JSON.stringify(value)} `);
  const line = new Uint8Array(body.length + LINE_END);
  line.set(body);
  line.set(new TextEncoder().encode(`${hexadecimal(checksum(body))}\n`), body.length);
  return line;
}

function hexadecimal(sum: number): string {
  return sum.toString(16).padStart(LINE_END - 1, "0");
}

/**
 * The JSON text of a line.
 *
 * @throws for a line that is not as it was written
 */
function decodeLine(line: Uint8Array): string {
  const body = line.subarray(0, Math.max(0, line.length - LINE_END));
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  if (decoder.decode(line.subarray(body.length)) !== `${hexadecimal(checksum(body))}\n`) {
    throw new Error("its checksum is another");
  }
  return decoder.decode(body);
}

/** @throws {RedpakError} `E_RECORD_DAMAGED` */
function orDamaged<T>(id: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new RedpakError({
      code: "E_RECORD_DAMAGED",
      message: `Cannot tell what node "${id}" was started with: its record is damaged`,
      hints: [`redpak stop ${id}, and start the node again`],
      cause,
    });
  }
}

/** What is known of the file of a record besides its content. */
export interface RecordFile {
  readonly name: string;
  /** When it was written, milliseconds since 1970. */
  readonly writtenAt: number;
  /** Bytes of the machine's memory. */
  readonly memory: () => number;
}

/**
 * The record that a file holds, `undefined` where it is none: whatever else there is, it is not ours.
 *
 * A sealed launcher writes the id of the boot, a line break, and the plan in its binary form.
 */
export function decodeRecord(bytes: Uint8Array, file: RecordFile): RunRecord | undefined {
  if (bytes[0] !== "{".charCodeAt(0)) return decodeSealed(bytes, file);
  return decodeText(bytes, file);
}

function decodeSealed(bytes: Uint8Array, { name, writtenAt, memory }: RecordFile): RunRecord | undefined {
  const process = parseRecordName(name);
  const end = bytes.indexOf("\n".charCodeAt(0));
  if (process === undefined || end < 0) return undefined;
  const body = bytes.subarray(end + 1);
  try {
    const { isComplete: _, ...named } = process;
    const header = decodePlanHeader(body);
    const id = runId(header.alias, named.pid);
    return {
      id,
      process: named,
      bootId: new TextDecoder().decode(bytes.subarray(0, end)),
      startedAt: writtenAt,
      ...header,
      basis: undefined,
      get plan() {
        return orDamaged(id, () => unsealPlan(decodePlan(body), memory()));
      },
    };
  } catch {
    return undefined;
  }
}

/** @throws for what is no basis */
function basisFrom(value: unknown): LaunchBasis {
  const { altered, files, nodes } = value as LaunchBasis;
  const isFile = ({ name, sha256 }: LaunchBasis["files"][number]) =>
    typeof name === "string" && typeof sha256 === "string";
  const isNode = ({ path, alias, ids }: LaunchBasis["nodes"][number]) =>
    typeof path === "string" && typeof alias === "string" && typeof ids === "number";
  if (typeof altered === "boolean" && files.every(isFile) && nodes.every(isNode)) return { altered, files, nodes };
  throw new Error("it does not say what the launch follows from");
}

/** The lines of a file, with their line breaks. */
function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines = [];
  for (let start = 0, end; start < bytes.length; start = end) {
    end = bytes.indexOf("\n".charCodeAt(0), start) + 1 || bytes.length;
    lines.push(bytes.subarray(start, end));
  }
  return lines;
}

/** The stage gives the file of a record another name, once the node can do without its supervisor: then that name counts. */
function decodeText(bytes: Uint8Array, file: RecordFile): RunRecord | undefined {
  const [head, body, foot, ...rest] = linesOf(bytes);
  if (head === undefined || body === undefined || foot === undefined || rest.length > 0) return undefined;
  try {
    const named = parseRecordName(file.name);
    const { version, id: written, process, bootId, startedAt, node, alias, admin } = JSON.parse(decodeLine(head));
    const { pidNamespace, pid, startTime } = process;
    const texts = [written, bootId, pidNamespace, node, alias].every((value) => typeof value === "string");
    const numbers = [pid, startTime, startedAt].every((value) => Number.isSafeInteger(value) && value >= 0);
    if (version !== 4 || !texts || !numbers || typeof admin !== "boolean") return undefined;
    const [id, { isComplete: _, ...recorded }] = named === undefined || named.role === "supervisor"
      ? [written, { role: "supervisor", pidNamespace, pid, startTime, isComplete: true } as const]
      : [runId(alias, named.pid), named];
    let plan: Plan | undefined;
    return {
      id,
      process: recorded,
      bootId,
      startedAt,
      node,
      alias,
      admin,
      get plan() {
        return plan ??= orDamaged(id, () => planFromJson(JSON.parse(decodeLine(body))));
      },
      get basis() {
        return orDamaged(id, () => basisFrom(JSON.parse(decodeLine(foot))));
      },
    };
  } catch {
    return undefined;
  }
}
