import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { decidesAboutNode } from "../../store/node_files.ts";
import { GENERATIONS, STAGING_PREFIX, USR } from "./layout.ts";
import type { DirectoryOperation, FileOperation, Owned, PathOperation, Signature } from "./operation.ts";

/** Names a transaction: how many there have been in the node, and something that no other node has. */
export interface TransactionName {
  readonly sequence: number;
  readonly id: string;
}

/** What a script of a package has said, or how it has failed. */
export interface ScriptRecord {
  /** Whose script it was. */
  readonly package: string;
  /** As in `%post`. */
  readonly kind: string;
  /** `done`, or why not. */
  readonly status: string;
  readonly output: string;
}

/** What is known of a transaction, for as long as it can be undone and longer. */
export interface TransactionRecord extends TransactionName {
  /** Id of the transaction that made the `usr` before; absent for the first one. */
  readonly previous?: string;
  /** When it was prepared, ISO 8601 in UTC. */
  readonly time: string;
  /** What was asked for, for people. */
  readonly command: readonly string[];
  /** What it does with packages, for programs; not interpreted here. */
  readonly packages: readonly unknown[];
  /** Names of the packages, of those that the node has afterwards, that nobody has asked for: others need them. */
  readonly dependencies?: readonly string[];
  /** Scripts that have said something, or have failed. */
  readonly scripts?: readonly ScriptRecord[];
  /** There was a `usr` before. */
  readonly hadUsr: boolean;
  /** In the order in which they are done; they are undone in the opposite order. */
  readonly operations: readonly PathOperation[];
}

/** That a transaction is to be carried out, or undone: whoever finds this finishes it. */
export interface Intent {
  readonly id: string;
  /** In `.redpak`: where what is to take its place in the node is, and where what is taken from it goes. */
  readonly directory: string;
  /** The side of the operations that the node is to show. */
  readonly to: "before" | "after";
}

const VERSION = 1;

/** `12-0f3a9c21d4e5b678` for the twelfth. */
export function newName(sequence: number): TransactionName {
  const random = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0"));
  return { sequence, id: `${sequence}-${random.join("")}` };
}

export const isId = (text: unknown): text is string =>
  typeof text === "string" && /^[1-9]\d{0,8}-[\da-f]{16}$/.test(text);

export function encodeRecord(record: TransactionRecord): string {
  return JSON.stringify({ version: VERSION, ...record }) + "\n";
}

export function encodeIntent(intent: Intent): string {
  return JSON.stringify({ version: VERSION, ...intent }) + "\n";
}

/**
 * Reads a record. It is redpak's own file, and yet nothing in it can lead out of the node, or to what decides about it.
 *
 * @param file its path, for messages
 * @throws {RedpakError} `E_TRANSACTION_RECORD`
 */
export function decodeRecord(text: string, file: string): TransactionRecord {
  return decode(text, file, (value) => {
    const { id, sequence, previous, time, command, packages, dependencies, scripts, hadUsr, operations } = value;
    expect(isId(id) && sequence === parseInt(id), "id");
    expect(previous === undefined || isId(previous), "previous");
    expect(typeof time === "string" && !Number.isNaN(Date.parse(time)), "time");
    expect(isTexts(command), "command");
    expect(Array.isArray(packages), "packages");
    expect(dependencies === undefined || isTexts(dependencies), "dependencies");
    expect(scripts === undefined || Array.isArray(scripts), "scripts");
    expect(typeof hadUsr === "boolean", "hadUsr");
    expect(Array.isArray(operations), "operations");
    return {
      id: id as string,
      sequence: sequence as number,
      ...previous === undefined ? {} : { previous: previous as string },
      time: time as string,
      command,
      packages: packages as unknown[],
      ...dependencies === undefined ? {} : { dependencies },
      ...scripts === undefined ? {} : { scripts: (scripts as unknown[]).map(decodeScript) },
      hadUsr: hadUsr as boolean,
      operations: (operations as unknown[]).map(decodeOperation),
    };
  });
}

/** @throws {RedpakError} `E_TRANSACTION_RECORD` */
export function decodeIntent(text: string, file: string): Intent {
  return decode(text, file, ({ id, directory, to }) => {
    expect(isId(id), "id");
    expect(directory === `${STAGING_PREFIX}${id}` || directory === `${GENERATIONS}/${id}`, "directory");
    expect(to === "before" || to === "after", "to");
    return { id: id as string, directory: directory as string, to: to as Intent["to"] };
  });
}

type Fields = Readonly<Record<string, unknown>>;

function decodeOperation(value: unknown): PathOperation {
  expect(isFields(value), "operations");
  const { kind, path, before, after } = value;
  expect(typeof path === "string" && isPathOfPackages(path), `path ${JSON.stringify(path)}`);
  expect(before !== null || after !== null, "an operation");
  if (kind === "directory") {
    return { kind, path, before: side(before, decodeOwned), after: side(after, decodeOwned) } as DirectoryOperation;
  }
  expect(kind === "file" && !DIRECTORIES_ONLY.includes(path), "kind");
  return { kind, path, before: side(before, decodeSignature), after: side(after, decodeSignature) } as FileOperation;
}

function decodeScript(value: unknown): ScriptRecord {
  expect(isFields(value), "scripts");
  const texts = [value.package, value.kind, value.status, value.output];
  expect(isTexts(texts), "scripts");
  const [name, kind, status, output] = texts as [string, string, string, string];
  return { package: name, kind, status, output };
}

/** What only ever is a directory: the configuration is in it. */
const DIRECTORIES_ONLY = ["etc"];

/** Whether packages may put something at a path outside of `usr`, relative to the node. */
export function isPathOfPackages(path: string): boolean {
  const names = path.split("/");
  return names.every((name) => name !== "" && name !== "." && name !== ".." && !name.includes("\0")) &&
    names[0] !== USR && !names.some((_, end) => decidesAboutNode(names.slice(0, end + 1).join("/")));
}

function side<T>(value: unknown, decodeSide: (fields: Fields) => T): T | null {
  if (value === null) return null;
  expect(isFields(value), "an operation");
  return decodeSide(value);
}

function decodeOwned({ uid, gid, mode }: Fields): Owned {
  expect(isNumber(uid) && isNumber(gid) && isNumber(mode) && mode <= 0o7777, "an owner");
  return { uid, gid, mode };
}

function decodeSignature({ inode, uid, gid, mode, size, modified, changed }: Fields): Signature {
  expect(typeof inode === "string" && isNumber(uid) && isNumber(gid) && isNumber(mode) && isNumber(size), "a file");
  expect(typeof modified === "string" && (changed === undefined || typeof changed === "string"), "a time");
  return { inode, uid, gid, mode, size, modified, ...changed === undefined ? {} : { changed } };
}

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === "string");
const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

class Unexpected extends Error {}

function expect(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Unexpected(what);
}

function decode<T>(text: string, file: string, read: (fields: Fields) => T): T {
  try {
    const value: unknown = JSON.parse(text);
    expect(isFields(value), "an object");
    expect(value.version === VERSION, `version ${JSON.stringify(value.version)}`);
    return read(value);
  } catch (error) {
    if (!(error instanceof Unexpected) && !(error instanceof SyntaxError)) throw error;
    throw new RedpakError({
      code: "E_TRANSACTION_RECORD",
      exit: EXIT.configuration,
      message: `Cannot read "${file}": ${
        error instanceof Unexpected ? `its ${error.message} is not what this version of redpak writes` : "it is no JSON"
      }`,
      hints: ["another version of redpak may have written it, or somebody has changed it"],
      cause: error,
    });
  }
}
