import { isMap, isScalar, parseDocument, type YAMLMap } from "yaml";
import { encodeYamlScalar } from "../core/yaml_scalar.ts";

/** A scalar to set: the keys that lead to it, in any case as in the files, and its text. */
export interface Edit {
  readonly path: readonly string[];
  readonly value: string;
}

/**
 * Sets scalars in a YAML text and leaves every other byte as it is, comments included. A key that is absent is put at
 * the beginning of its mapping, which must exist. Pure.
 *
 * @throws {Error} when a mapping on the way is absent
 */
export function editYaml(text: string, edits: readonly Edit[]): string {
  return edits.reduce((current, edit) => editOne(current, edit), text);
}

function editOne(text: string, { path, value }: Edit): string {
  const key = path.at(-1) ?? "";
  let map: unknown = parseDocument(text, { schema: "failsafe" }).contents;
  for (const step of path.slice(0, -1)) map = isMap(map) ? findPair(map, step)?.value : undefined;
  if (!isMap(map)) throw new Error(`no mapping "${path.slice(0, -1).join(".")}" to set "${key}" in`);

  const pair = findPair(map, key);
  const encoded = encodeYamlScalar(value);
  if (pair === undefined) {
    const first = map.items[0]?.key;
    if (!isScalar(first) || !first.range) throw new Error(`the mapping to set "${key}" in is empty`);
    const [start] = first.range;
    const indentation = " ".repeat(start - (text.lastIndexOf("\n", start - 1) + 1));
    const separator = map.flow ? ", " : `\n${indentation}`;
    return text.slice(0, start) + `${key}: ${encoded}${separator}` + text.slice(start);
  }
  const range = (pair.value as { range?: readonly [number, number, number] } | null)?.range;
  if (!range) throw new Error(`"${key}" has no value to replace`);
  const [start, end] = range;
  const before = start > 0 && !/\s/.test(text[start - 1] ?? "") ? " " : "";
  // The range of a block scalar includes its last line break.
  const after = text.slice(start, end).endsWith("\n") ? "\n" : "";
  return text.slice(0, start) + before + encoded + after + text.slice(end);
}

function findPair(map: YAMLMap, key: string) {
  return map.items.find(({ key: other }) => isScalar(other) && String(other.value).toLowerCase() === key.toLowerCase());
}
