import { SELECTION } from "../../../ffi/libsolv/constants.ts";
import type { Job, Solvable } from "../../../ffi/libsolv/pool.ts";
import { didYouMean } from "../../core/did_you_mean.ts";
import { type Problem, RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import type { PackagePool } from "./package_pool.ts";

/** What a word of the user means: a selector for the solver, and the packages that it selects. */
export interface Meaning {
  readonly word: string;
  readonly selector: Job;
  readonly packages: readonly Solvable[];
}

/** A name, with architecture, version and release, or related to a version: `lib.x86_64`, `lib-1-2`, `lib >= 1`. */
const NAMES = SELECTION.NAME | SELECTION.CANON | SELECTION.DOTARCH | SELECTION.REL;

/**
 * What a word means: packages by name; where there are none of that name, those that provide it; for a path, those that
 * have the file. A pattern means each name that matches.
 *
 * @returns nothing where there is no such package
 */
export function findPackages(packages: PackagePool, word: string): Meaning[] {
  const { pool } = packages;
  const glob = /[*?[]/.test(word) ? SELECTION.GLOB : 0;
  const kinds = word.startsWith("/")
    ? [SELECTION.FILELIST, SELECTION.PROVIDES]
    : [NAMES, SELECTION.PROVIDES | SELECTION.REL];
  for (const kind of kinds) {
    const meanings = pool.select(word, kind | glob)
      .map((selector) => ({ word, selector, packages: pool.selected(selector) }))
      .filter((meaning) => meaning.packages.length > 0);
    if (meanings.length > 0) return meanings;
  }
  return [];
}

/** The error for words that mean no package. */
export function notFound(packages: PackagePool, verb: string, words: readonly string[]): RedpakError {
  const problems = words.map((word): Problem => ({
    code: "E_PACKAGE_NOT_FOUND",
    message: `Cannot ${verb} ${quote(word)}: ${
      packages.hasRepositories
        ? "no package, installed or in a repository, is called so or provides it"
        : "no package that is installed is called so or provides it"
    }`,
    hints: hintsFor(packages, verb, word),
  }));
  return new RedpakError({ ...problems[0]!, exit: EXIT.notFound, problems });
}

function hintsFor(packages: PackagePool, verb: string, word: string): string[] {
  const { pool } = packages;
  const foreign = pool.select(word, NAMES | SELECTION.WITH_BADARCH).flatMap((selector) => pool.selected(selector));
  if (foreign.length > 0) {
    const arches = new Set(foreign.map((solvable) => packages.nevra(solvable).arch));
    return [`it is there for ${[...arches].join(", ")} only, this is ${packages.arch}`];
  }
  const meant = didYouMean(word, packages.names());
  return [
    ...meant === undefined ? [] : [`did you mean ${meant}?`],
    ...packages.hasRepositories || verb === "remove" ? [] : ["redpak repo add adds a repository: none is enabled"],
  ];
}
