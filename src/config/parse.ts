import type * as z from "zod/mini";
import { quote } from "../core/quote.ts";
import { STRICT } from "./dialect.ts";
import { COMPAT } from "./dialect_compat.ts";
import { type Spot, toPlain } from "./keys.ts";
import type { ConfigFile, Locate, Part, StatusFile } from "./node.ts";
import type { Findings } from "./parse_findings.ts";
import { addIssue, valueAt } from "./parse_issue.ts";
import { ALIAS, schemasOf } from "./schema.ts";
import { readSimpleYaml } from "./simple_yaml.ts";
import { readText } from "./yaml_text.ts";
import type { Tree } from "./yaml_tree.ts";

export interface ParseOptions {
  /** Accept what redpak 2.5 does: its aliases of nodes, more of YAML, and values as libcyaml reads them. */
  readonly compat?: boolean;
}

/**
 * Reads `etc/redpak.yaml` or `etc/redpak-admin.yaml`.
 *
 * @param input content of the file; bytes are UTF-8
 * @param file absolute path, for positions
 * @throws {RedpakError} `E_CONFIG` with everything that is wrong in the file, each with its position
 */
export async function parseConfig(
  input: string | Uint8Array,
  file: string,
  part: Part,
  options: ParseOptions = {},
): Promise<ConfigFile> {
  const { compat = false } = options;
  const reading = await read(schemasOf(compat ? COMPAT : STRICT).configSchema, input, file, compat);
  checkAlias(reading, compat);
  const written = (path: readonly PropertyKey[]) => textAt(reading.plain, path);
  return { part, file, config: finish(reading), locate: reading.locate, written };
}

/** Reads `.rednode.yaml`; see {@link parseConfig}. */
export async function parseStatus(
  input: string | Uint8Array,
  file: string,
  options: ParseOptions = {},
): Promise<StatusFile> {
  const { statusSchema } = schemasOf(options.compat ? COMPAT : STRICT);
  const { value, locate } = await parseAs(statusSchema, input, file, options);
  return { file, status: value, locate };
}

/** Reads a file of any schema by the same rules; see {@link parseConfig}. */
export async function parseAs<S extends z.ZodMiniType>(
  schema: S,
  input: string | Uint8Array,
  file: string,
  options: ParseOptions = {},
): Promise<{ readonly value: z.output<S>; readonly locate: Locate }> {
  const reading = await read(schema, input, file, options.compat ?? false);
  return { value: finish(reading), locate: reading.locate };
}

interface Reading<T> {
  readonly findings: Findings;
  /** The file as texts, before the schema. */
  readonly plain: unknown;
  /** Absent where the schema objected. */
  readonly value: T | undefined;
  /** Offset of the value at a path. */
  readonly offset: (path: readonly PropertyKey[]) => number;
  readonly locate: Locate;
}

async function read<S extends z.ZodMiniType>(
  schema: S,
  input: string | Uint8Array,
  file: string,
  compat: boolean,
): Promise<Reading<z.output<S>>> {
  const { text, findings } = readText(input, file, compat);
  const tree = readSimpleYaml(text) ?? await readAnyYaml(text, findings, compat);
  const { value: plain, spot } = toPlain(tree, schema, findings);
  const offset = (path: readonly PropertyKey[]) => nearest(spot, path).at;
  // A process reads few files: the faster code that zod could generate for each mapping would not pay.
  const result = schema.safeParse(plain, { jitless: true });
  for (const issue of result.error?.issues ?? []) addIssue(issue, plain, findings, offset(issue.path));
  return { findings, plain, value: result.data, offset, locate: (path) => findings.at(offset(path)) };
}

/** The code for the whole language is only loaded for a file that needs it: that takes longer than reading most files. */
async function readAnyYaml(text: string, findings: Findings, compat: boolean): Promise<Tree> {
  const { readYaml } = await import("./yaml.ts");
  return readYaml(text, findings, compat);
}

function finish<T>({ findings, value }: Reading<T>): T {
  findings.check();
  return value as T;
}

function textAt(plain: unknown, path: readonly PropertyKey[]): string | undefined {
  const text = valueAt(plain, path);
  return typeof text === "string" ? text : undefined;
}

function nearest(spot: Spot, path: readonly PropertyKey[]): Spot {
  let found = spot;
  for (const key of path) {
    const part = found.parts?.get(key);
    if (part === undefined) break;
    found = part;
  }
  return found;
}

const ALIAS_PATH = ["headers", "alias"];

function checkAlias({ findings, plain, offset }: Reading<unknown>, compat: boolean): void {
  const alias = valueAt(plain, ALIAS_PATH);
  const letters = compat ? ALIAS.compat : ALIAS.strict;
  if (typeof alias !== "string" || letters.test(alias)) return;
  const expected = compat
    ? "letters, digits and + - _ @ :"
    : "lower-case letters, digits and _ . -, the first a letter or digit, at most 63";
  const hints = !compat && ALIAS.compat.test(alias) ? ["redpak 2.5 accepts it, and so does --compat"] : [];
  findings.add("E_ALIAS", offset(ALIAS_PATH), "headers.alias", `expected ${expected}, got ${quote(alias)}`, hints);
}
