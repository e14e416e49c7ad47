/** A document as texts, lists and mappings; `at` is the offset of each in the file. */
export type Tree = Text | List | Mapping;
export interface Text {
  readonly kind: "text";
  readonly at: number;
  readonly text: string;
}
export interface List {
  readonly kind: "list";
  readonly at: number;
  readonly items: readonly Tree[];
}
export interface Mapping {
  readonly kind: "mapping";
  readonly at: number;
  readonly entries: readonly Entry[];
}
/** `key` as written; `at` is where the key stands. A key may be given several times. */
export interface Entry {
  readonly key: string;
  readonly at: number;
  readonly value: Tree;
}

/** Levels of lists and mappings in each other; the format itself has four. */
export const MAX_DEPTH = 16;
/** Keys and values, those that aliases stand for included. */
export const MAX_NODES = 16 * 1024;
