import { isMap, isPair, isScalar, isSeq, type Node, type Pair, parseDocument, type YAMLMap } from "yaml";
import type { KeyPath } from "../core/fix.ts";
import { encodeYamlScalar } from "../core/yaml_scalar.ts";

/** A scalar to set: the keys, in any case as in the files, and indexes that lead to it, and its text. */
export interface Edit {
  readonly path: KeyPath;
  readonly value: string;
}

/**
 * Sets scalars in a YAML text and leaves every other byte as it is, comments included. A key that is absent is put at
 * the beginning of its mapping, which must exist. Pure.
 *
 * @throws {Error} when a list or mapping on the way is absent
 */
export function editYaml(text: string, edits: readonly Edit[]): string {
  return edits.reduce((current, edit) => editOne(current, edit), text);
}

/**
 * Takes a key with its value out of a mapping: in block style their lines, in flow style them and one comma. Pure.
 *
 * @throws {Error} where the key is absent, or has no lines of its own
 */
export function removeFromYaml(text: string, path: KeyPath): string {
  const map = findMap(text, path);
  const at = map.items.findIndex((pair) => isNamed(pair, path.at(-1) ?? ""));
  const pair = map.items[at];
  if (pair === undefined) throw new Error(`"${path.join(".")}" is absent`);
  const start = rangeOf(pair.key)[0];
  const end = endOf(pair);
  if (!map.flow) {
    const lineStart = text.lastIndexOf("\n", start - 1) + 1;
    if (map.items.length === 1 || text.slice(lineStart, start).trim() !== "") {
      throw new Error(`"${path.join(".")}" has no lines of its own`);
    }
    // The range of a block scalar includes its last line break.
    const lineEnd = text.indexOf("\n", end - 1);
    return text.slice(0, lineStart) + (lineEnd === -1 ? "" : text.slice(lineEnd + 1));
  }
  const comma = /^[ \t]*,[ \t]*/.exec(text.slice(end));
  if (comma !== null) return text.slice(0, start) + text.slice(end + comma[0].length);
  const previous = map.items[at - 1];
  return text.slice(0, previous === undefined ? start : endOf(previous)) + text.slice(end);
}

function editOne(text: string, { path, value }: Edit): string {
  const key = path.at(-1) ?? "";
  const encoded = encodeYamlScalar(value);
  const map = findMap(text, path);
  const pair = map.items.find((pair) => isNamed(pair, key));
  if (pair === undefined) {
    const first = map.items[0]?.key;
    if (!isScalar(first) || !first.range) throw new Error(`the mapping to set "${key}" in is empty`);
    const [start] = first.range;
    const indentation = " ".repeat(start - (text.lastIndexOf("\n", start - 1) + 1));
    const separator = map.flow ? ", " : `${text.includes("\r\n") ? "\r\n" : "\n"}${indentation}`;
    return text.slice(0, start) + `${key}: ${encoded}${separator}` + text.slice(start);
  }
  const [start, end] = rangeOf(pair.value);
  const before = start > 0 && !/\s/.test(text[start - 1] ?? "") ? " " : "";
  // The range of a block scalar includes its last line break.
  const after = /\r?\n$/.exec(text.slice(start, end))?.[0] ?? "";
  return text.slice(0, start) + before + encoded + after + text.slice(end);
}

/** The mapping that holds the last key of a path. */
function findMap(text: string, path: KeyPath): YAMLMap {
  let node: unknown = parseDocument(text, { schema: "failsafe" }).contents;
  for (const step of path.slice(0, -1)) {
    if (isMap(node)) node = node.items.find((pair) => isNamed(pair, step))?.value;
    else node = isSeq(node) && typeof step === "number" ? node.items[step] : undefined;
  }
  if (isMap(node)) return node;
  throw new Error(`no mapping "${path.slice(0, -1).join(".")}" that holds "${path.at(-1)}"`);
}

function isNamed({ key }: Pair, name: string | number): boolean {
  return isScalar(key) && String(key.value).toLowerCase() === String(name).toLowerCase();
}

/** Where what is written of a node ends: comments that follow it are not its own. */
function endOf(node: unknown): number {
  if (isPair(node)) return endOf(node.value ?? node.key);
  const last = (isMap(node) || isSeq(node)) && !node.flow ? node.items.at(-1) : undefined;
  return last === undefined ? rangeOf(node)[1] : endOf(last);
}

function rangeOf(node: unknown): readonly [start: number, end: number, ...unknown[]] {
  const range = (node as Node | null)?.range;
  if (!range) throw new Error("there is nothing to replace");
  return range;
}
