import { Findings } from "../config/parse_findings.ts";
import { readYaml } from "../config/yaml.ts";
import type { Tree } from "../config/yaml_tree.ts";
import type { Position } from "../core/error.ts";
import type { KeyPath, TextFix } from "../core/fix.ts";
import { editYaml, removeFromYaml } from "./edit_yaml.ts";

/**
 * Carries out a fix in the text of its file, which may be anything that redpak 2.5 reads. Every byte that does not belong
 * to the value stays. Pure.
 *
 * @returns `undefined` where the value cannot be changed alone: an alias stands for it elsewhere, say
 */
export function fixText(text: string, fix: TextFix): string | undefined {
  const before = read(text, fix);
  const wanted = before && changed(toShape(before), fix.path, fix.action === "set" ? fix.text : undefined);
  const result = wanted && attempt(() => edit(text, fix));
  const after = result === undefined ? undefined : read(result, fix);
  return after !== undefined && JSON.stringify(toShape(after)) === JSON.stringify(wanted) ? result : undefined;
}

/** What a fix finds in a text. */
export interface FoundValue {
  /** Of the value, of the key that goes, or of what is nearest where the value is new. */
  readonly where: Position;
  /** Text of the value: `null` where there is none, `…` for a list or mapping. */
  readonly text: string | null;
}

/** Looks up the value that a fix changes, in a text in which `fixText` can carry it out. Pure. */
export function findValue(text: string, fix: TextFix): FoundValue {
  let value: Tree | undefined = read(text, fix);
  let at = value?.at ?? 0;
  for (const key of fix.path) {
    const entry = value?.kind === "mapping" ? value.entries.find((entry) => isSame(entry.key, key)) : undefined;
    value = value?.kind === "list" ? value.items[Number(key)] : entry?.value;
    at = (fix.action === "remove" ? entry?.at : value?.at) ?? at;
  }
  const where = new Findings(fix.file, text).at(at);
  return { where, text: value === undefined ? null : value.kind === "text" ? value.text : "…" };
}

function read(text: string, { file }: TextFix): Tree | undefined {
  return attempt(() => readYaml(text, new Findings(file, text), true));
}

function edit(text: string, fix: TextFix): string {
  return fix.action === "set" ? editYaml(text, [{ path: fix.path, value: fix.text }]) : removeFromYaml(text, fix.path);
}

/** Whatever is thrown says that this text cannot be edited: what it says belongs to the reader of the whole file. */
function attempt<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** What a tree says, without its places. */
type Shape = string | readonly Shape[] | { readonly pairs: readonly (readonly [key: string, value: Shape])[] };

function toShape(tree: Tree): Shape {
  if (tree.kind === "text") return tree.text;
  if (tree.kind === "list") return tree.items.map(toShape);
  return { pairs: tree.entries.map(({ key, value }) => [key, toShape(value)]) };
}

/** The shape with one value changed: `undefined` as `text` takes it away. `undefined` where no such place is. */
function changed(shape: Shape, [key, ...rest]: KeyPath, text: string | undefined): Shape | undefined {
  if (key === undefined) return text;
  if (typeof shape === "string") return undefined;
  if (!("pairs" in shape)) {
    const item = typeof key === "number" ? shape[key] : undefined;
    const value = item === undefined ? undefined : changed(item, rest, text);
    return value === undefined ? undefined : shape.with(Number(key), value);
  }
  const { pairs } = shape;
  const at = pairs.findIndex(([name]) => isSame(name, key));
  const [name, item] = pairs[at] ?? [];
  if (name === undefined || item === undefined) {
    return rest.length > 0 || text === undefined ? undefined : { pairs: [[String(key), text], ...pairs] };
  }
  if (rest.length === 0 && text === undefined) return { pairs: pairs.toSpliced(at, 1) };
  const value = changed(item, rest, text);
  return value === undefined ? undefined : { pairs: pairs.with(at, [name, value]) };
}

function isSame(name: string, key: string | number): boolean {
  return name.toLowerCase() === String(key).toLowerCase();
}
