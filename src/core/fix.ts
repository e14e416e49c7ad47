/** Keys and indexes that lead to a value of a YAML file. */
export type KeyPath = readonly (string | number)[];

/** A change of the text of a file: the value at a path becomes `text`, a scalar, or it goes with its key. */
export type TextFix =
  | { readonly action: "set"; readonly file: string; readonly path: KeyPath; readonly text: string }
  | { readonly action: "remove"; readonly file: string; readonly path: KeyPath };

/** Takes the permission to write away from group and others. */
export interface ModeFix {
  /** As chmod(1). */
  readonly action: "chmod";
  /** A file or a directory. */
  readonly file: string;
  /** As chmod(1) takes it. */
  readonly mode: "go-w";
}

/** What makes a problem go away, as data: whoever carries it out has nothing left to decide. */
export type Fix = TextFix | ModeFix;
