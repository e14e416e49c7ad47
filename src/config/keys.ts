import type * as z from "zod/mini";
import { didYouMean } from "../core/did_you_mean.ts";
import { quote } from "../core/quote.ts";
import type { Findings } from "./parse_findings.ts";
import type { Entry, Mapping, Tree } from "./yaml_tree.ts";

/** Where a value of plain data stands in the file, and its parts by key or index. */
export interface Spot {
  readonly at: number;
  readonly parts?: ReadonlyMap<PropertyKey, Spot>;
}

export interface Plain {
  /** Texts, arrays, and objects without prototype that have their keys in canonical spelling. */
  readonly value: unknown;
  readonly spot: Spot;
}

/** What a schema says about keys: those of a mapping by their spelling in lower case, or the items of a list. */
type Shape =
  | {
    readonly kind: "mapping";
    readonly keys: ReadonlyMap<string, { readonly key: string; readonly schema: z.core.$ZodType }>;
  }
  | { readonly kind: "list"; readonly item: z.core.$ZodType }
  | { readonly kind: "text" | "ignored" };

const HISTORICAL = new Map([
  ["relocations", `"relocations" never had an effect and is gone since redpak 2.3: delete it`],
]);

const shapes = new WeakMap<z.core.$ZodType, Shape>();

/** What the value of such a schema is made of; derived, so that the schema stays the only list of keys. */
function shapeOf(schema: z.core.$ZodType): Shape {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === "optional") return shapeOf(def.innerType);
  if (def.type === "unknown") return { kind: "ignored" };
  if (def.type === "array") return { kind: "list", item: def.element };
  if (def.type !== "object") return { kind: "text" };
  let shape = shapes.get(schema);
  if (shape === undefined) {
    const keys = Object.entries(def.shape).map(([key, schema]) => [key.toLowerCase(), { key, schema }] as const);
    shapes.set(schema, shape = { kind: "mapping", keys: new Map(keys) });
  }
  return shape;
}

/** A path of keys and indexes as people write it: `exports[3].mode`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`).join("").replace(/^\./, "");
}

/**
 * The tree as plain data for `schema`. Keys count in any case. Unknown keys, and keys given twice, are recorded and left
 * out; values that the format ignores are left out.
 *
 * A key that is nearly the name of a missing one is read as that one: that one is then not reported as missing too, and
 * what is wrong with the value is found at once.
 *
 * @param path of the tree as `formatPath` gives it, for messages
 */
export function toPlain(
  tree: Tree,
  schema: z.core.$ZodType,
  findings: Findings,
  path = "",
): Plain {
  if (tree.kind === "text") return { value: tree.text, spot: { at: tree.at } };
  const shape = shapeOf(schema);
  if (tree.kind === "mapping") return mappingToPlain(tree, shape, findings, path);
  const value: unknown[] = [];
  const parts = new Map<PropertyKey, Spot>();
  if (shape.kind === "list") {
    for (const item of tree.items) {
      const plain = toPlain(item, shape.item, findings, `${path}[${value.length}]`);
      parts.set(value.length, plain.spot);
      value.push(plain.value);
    }
  }
  return { value, spot: { at: tree.at, parts } };
}

function mappingToPlain(tree: Mapping, shape: Shape, findings: Findings, path: string): Plain {
  const value: Record<string, unknown> = Object.create(null);
  const parts = new Map<PropertyKey, Spot>();
  if (shape.kind !== "mapping") return { value, spot: { at: tree.at, parts } };
  const object = path === "" ? findings.file : path;
  const given = withoutDuplicates(tree.entries, findings, object);
  for (const [lower, entry] of given) {
    let known = shape.keys.get(lower);
    if (known === undefined) {
      const names = [...shape.keys.values()].map(({ key }) => key);
      const guess = didYouMean(entry.key, names);
      const hint = HISTORICAL.get(lower) ??
        (guess ? `did you mean ${quote(guess)}?` : `known keys: ${names.join(", ")}`);
      const fix = path === "" && HISTORICAL.has(lower)
        ? { action: "remove", file: findings.file, path: [entry.key] } as const
        : undefined;
      findings.add("E_KEY_UNKNOWN", entry.at, object, `unknown key ${quote(entry.key)}`, [hint], fix);
      if (guess === undefined || given.has(guess.toLowerCase())) continue;
      known = shape.keys.get(guess.toLowerCase())!;
    }
    if (shapeOf(known.schema).kind === "ignored") continue;
    const plain = toPlain(entry.value, known.schema, findings, path === "" ? known.key : `${path}.${known.key}`);
    value[known.key] = plain.value;
    parts.set(known.key, plain.spot);
  }
  return { value, spot: { at: tree.at, parts } };
}

/** The first entry of each key, by the key in lower case. */
function withoutDuplicates(entries: readonly Entry[], findings: Findings, object: string): ReadonlyMap<string, Entry> {
  const given = new Map<string, Entry>();
  for (const entry of entries) {
    const first = given.get(entry.key.toLowerCase());
    if (first === undefined) {
      given.set(entry.key.toLowerCase(), entry);
      continue;
    }
    const { line, column } = findings.at(first.at);
    const reason = `key ${quote(entry.key)} is given twice, first at ${line}:${column} as ${quote(first.key)}`;
    findings.add("E_KEY_DUPLICATE", entry.at, object, reason);
  }
  return given;
}
