import type { Nevra } from "../database/installed_package.ts";

/** What becomes of a package. `change` is the same version for another architecture or of another vendor. */
export const STEP_KINDS = ["install", "upgrade", "downgrade", "reinstall", "change", "obsoletes", "erase"] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/** Why: somebody asked for it; something needs it, or (for `erase`) needs what is erased; something recommends it. */
export type Reason = "asked" | "dependency" | "recommended";

export interface Step {
  readonly kind: StepKind;
  readonly package: Nevra;
  readonly reason: Reason;
  /** The installed packages that it takes the place of. */
  readonly replaces: readonly Nevra[];
  /** What there is to install; absent for `erase`. */
  readonly origin?: Origin;
  /** Bytes of its files, installed. */
  readonly installedSize: number;
  /** The same of what it takes the place of; absent where that is nothing. */
  readonly replacedSize?: number;
}

/** Where a package comes from. */
export interface Origin {
  /** Its repository; absent for a file that was named. */
  readonly repository?: string;
  /** Path below the repository's address, or of the file. */
  readonly location: string;
  /** An address that the repository gives for it in the place of its own. */
  readonly base?: string;
  readonly checksum?: { readonly type: string; readonly value: string };
  /** Bytes of the package. */
  readonly size: number;
}

/** A wish that is fulfilled already. */
export interface Satisfied {
  readonly word: string;
  readonly package: Nevra;
  /** The node that has it: this one or an ancestor. */
  readonly node: string;
}

/** What keeps it from being done, in the solver's words. */
export interface Conflict {
  readonly text: string;
  /** Everything that contradicts each other. */
  readonly rules: readonly string[];
  /** Each is a way out: what would have to be given up, all of it. */
  readonly proposals: readonly (readonly string[])[];
}

/** A package of another node that would lose something that it has now. */
export interface Breakage {
  readonly node: string;
  readonly package: Nevra;
  /** `conflicted` and `obsoleted` are by another package, `same` is one of the same name. */
  readonly kind: "requires" | "conflicts" | "conflicted" | "obsoletes" | "obsoleted" | "same";
  /** The dependency; for `same` nothing but the name. */
  readonly what: string;
  /** The package on the other side; absent for `requires`, as that is what is missing. */
  readonly other?: Nevra;
}

/** Packages of another node that would have to go along. */
export interface Cascade {
  readonly node: string;
  readonly erase: readonly Nevra[];
}

/** A package that an update of everything leaves as it is, for a descendant's sake. */
export interface Held {
  readonly package: Nevra;
  readonly because: Breakage;
}

export interface Resolution {
  /** In the order in which to carry them out; none where there are conflicts. */
  readonly steps: readonly Step[];
  readonly satisfied: readonly Satisfied[];
  readonly held: readonly Held[];
  readonly conflicts: readonly Conflict[];
  /** What it would break in descendants. */
  readonly breakages: readonly Breakage[];
  /** What would have to be erased in descendants, so that nothing is broken; the deepest nodes first. */
  readonly cascade: readonly Cascade[];
}
