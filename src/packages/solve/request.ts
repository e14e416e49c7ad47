/** What is to be done to the packages of a node. */
export type Request =
  | {
    readonly action: "install";
    readonly words: readonly string[];
    /** Paths of packages that are no repository's. */
    readonly files?: readonly string[];
  }
  | { readonly action: "update"; /** None: all packages. */ readonly words: readonly string[] }
  | { readonly action: "remove" | "downgrade" | "reinstall"; readonly words: readonly string[] }
  | { readonly action: "autoremove" };

export interface SolveOptions {
  /** Names of the packages that somebody has asked for; others may go when nothing needs them. */
  readonly userInstalled?: ReadonlySet<string>;
  /** Install what is only recommended too. */
  readonly recommended?: boolean;
}
