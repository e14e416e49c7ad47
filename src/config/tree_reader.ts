import { isAlias, isMap, isScalar, isSeq, type ParsedNode, type YAMLMap, type YAMLSeq } from "yaml";
import { quote } from "../core/quote.ts";
import type { Findings } from "./parse_findings.ts";
import { refusedCharacter } from "./yaml_text.ts";
import { type Entry, type List, type Mapping, MAX_DEPTH, MAX_NODES, type Tree } from "./yaml_tree.ts";

export function failTooDeep(findings: Findings, at: number): never {
  return findings.fail("E_YAML_LIMIT", at, findings.file, `nested deeper than ${MAX_DEPTH} levels`);
}

/** Turns the library's nodes into a tree, replacing aliases by what they stand for. */
export class TreeReader {
  readonly #findings: Findings;
  readonly #compat: boolean;
  readonly #anchors = new Map<string, ParsedNode>();
  #nodes = 0;
  /** Inside of what an alias stands for; its anchors have been seen before. */
  #inAlias = false;

  /** @param compat false: aliases are refused already and only followed to look on behind them. */
  constructor(findings: Findings, compat: boolean) {
    this.#findings = findings;
    this.#compat = compat;
  }

  /** @throws {RedpakError} `E_CONFIG` where a limit is exceeded */
  read(node: ParsedNode, depth = 0): Tree {
    const at = node.range[0];
    if (++this.#nodes > MAX_NODES) {
      this.#findings.fail("E_YAML_LIMIT", at, this.#findings.file, `more than ${MAX_NODES} keys and values`);
    }
    if (isAlias(node)) return this.#alias(node.source, at, depth);
    const tree = isMap(node) ? this.#mapping(node, depth) : isSeq(node) ? this.#list(node, depth) : {
      kind: "text" as const,
      at,
      text: this.#text(node.value, node.type === "QUOTE_DOUBLE", at),
    };
    // Only now, so that an alias inside of its own anchor stands for nothing.
    if (node.anchor !== undefined && !this.#inAlias) this.#anchors.set(node.anchor, node);
    return tree;
  }

  #alias(name: string, at: number, depth: number): Tree {
    const target = this.#anchors.get(name);
    if (target === undefined) {
      const reason = `no anchor ${quote(name)} before this alias`;
      if (this.#compat) this.#findings.add("E_YAML_SYNTAX", at, this.#findings.file, reason);
      return { kind: "text", at, text: "" };
    }
    const outer = this.#inAlias;
    this.#inAlias = true;
    const tree = this.read(target, depth);
    this.#inAlias = outer;
    return { ...tree, at };
  }

  #list(node: YAMLSeq.Parsed, depth: number): List {
    if (depth === MAX_DEPTH) failTooDeep(this.#findings, node.range[0]);
    const items = (node.items as ParsedNode[]).map((item) => this.read(item, depth + 1));
    return { kind: "list", at: node.range[0], items };
  }

  #mapping(node: YAMLMap.Parsed, depth: number): Mapping {
    if (depth === MAX_DEPTH) failTooDeep(this.#findings, node.range[0]);
    const { file } = this.#findings;
    const entries: Entry[] = [];
    for (const { key, value } of node.items as { key: ParsedNode | null; value: ParsedNode | null }[]) {
      const at = (key ?? value ?? node).range[0];
      const name = key === null ? { kind: "text" as const, text: "" } : this.read(key, depth + 1);
      if (name.kind !== "text") {
        this.#findings.add("E_YAML_FEATURE", at, file, `a key is a text, not a ${name.kind}`);
      } else if (name.text === "<<" && isScalar(key) && key.type === "PLAIN") {
        this.#findings.add("E_YAML_FEATURE", at, file, `merge keys are not allowed`, ["repeat the keys that you need"]);
      } else {
        // An explicit key, `? key`, can go without value.
        const tree = value === null ? { kind: "text" as const, at, text: "" } : this.read(value, depth + 1);
        entries.push({ key: name.text, at, value: tree });
      }
    }
    return { kind: "mapping", at: node.range[0], entries };
  }

  #text(value: unknown, escapes: boolean, at: number): string {
    const text = String(value ?? "");
    const character = escapes ? refusedCharacter(text, this.#compat) : undefined;
    if (character !== undefined) {
      this.#findings.add("E_YAML_CHARACTER", at, this.#findings.file, `${character} is not allowed, not even escaped`);
    }
    return text;
  }
}
