import { SOLVER } from "../../../ffi/libsolv/constants.ts";
import type { Job, Solvable } from "../../../ffi/libsolv/pool.ts";
import { type Problem, RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import { HOST } from "../database/holders.ts";
import { formatNevra } from "../database/installed_package.ts";
import { findPackages, type Meaning, notFound } from "./find_packages.ts";
import type { PackagePool } from "./package_pool.ts";
import type { Request } from "./request.ts";
import type { Satisfied } from "./resolution.ts";

/** What the solver is asked. */
export interface Jobs {
  readonly jobs: readonly Job[];
  /** What the user means, in the jobs. */
  readonly asked: ReadonlySet<Solvable>;
  readonly satisfied: readonly Satisfied[];
}

type Action = Exclude<Request, { action: "autoremove" }>["action"];

/** Everything that the words of one request are translated with. */
interface Translation {
  readonly packages: PackagePool;
  /** The node whose packages are changed. */
  readonly node: string;
  readonly action: Action;
  readonly jobs: Job[];
  readonly asked: Set<Solvable>;
  readonly satisfied: Satisfied[];
}

/**
 * Translates a request for the solver.
 *
 * @param packages prepared, and not prepared again before the jobs are done
 * @param files packages that were named by their files
 * @throws {RedpakError} `E_PACKAGE_NOT_FOUND`, `E_PACKAGE_OF_PARENT`, `E_PACKAGE_NOT_INSTALLED`, `E_NO_OTHER_VERSION`
 */
export function makeJobs(
  packages: PackagePool,
  node: string,
  request: { readonly action: Action; readonly words: readonly string[] },
  files: readonly Solvable[],
): Jobs {
  const { action, words } = request;
  const translation: Translation = { packages, node, action, jobs: [], asked: new Set(), satisfied: [] };
  const { jobs, asked } = translation;
  for (const file of files) {
    jobs.push({ how: SOLVER.INSTALL | SOLVER.SOLVABLE, what: file });
    asked.add(file);
  }
  const meanings = words.map((word) => [word, findPackages(packages, word)] as const);
  const unknown = meanings.filter(([, found]) => found.length === 0).map(([word]) => word);
  if (unknown.length > 0) throw notFound(packages, action, unknown);
  const problems = meanings.flatMap(([word, found]) => TRANSLATE[action](translation, word, found));
  const [first] = problems;
  if (first !== undefined) {
    const exit = first.code === "E_PACKAGE_OF_PARENT" ? EXIT.dependency : EXIT.notFound;
    throw new RedpakError({ ...first, exit, problems });
  }
  if (action === "update" && words.length === 0) {
    jobs.push({ how: SOLVER.UPDATE | SOLVER.SOLVABLE_ALL, what: 0 });
    packages.installedIn(node).forEach((solvable) => asked.add(solvable));
  }
  return translation;
}

type Translator = (translation: Translation, word: string, meanings: readonly Meaning[]) => Problem[];

const TRANSLATE: Readonly<Record<Action, Translator>> = {
  install(translation, word, meanings) {
    const { packages, jobs, asked, satisfied } = translation;
    for (const { selector, packages: selected } of meanings) {
      const installed = selected.find((solvable) => packages.nodeOf(solvable) !== undefined);
      if (installed !== undefined) {
        satisfied.push({ word, package: packages.nevra(installed), node: packages.nodeOf(installed)! });
        continue;
      }
      jobs.push({ how: SOLVER.INSTALL | selector.how, what: selector.what });
      selected.forEach((solvable) => asked.add(solvable));
    }
    return [];
  },

  remove(translation, word, meanings) {
    const { jobs, asked } = translation;
    const { own, problems } = ownPackages(translation, word, meanings);
    for (const solvable of own) {
      jobs.push({ how: SOLVER.ERASE | SOLVER.SOLVABLE, what: solvable });
      asked.add(solvable);
    }
    return problems;
  },

  update(translation, word, meanings) {
    const { jobs, asked } = translation;
    const { own, problems } = ownPackages(translation, word, meanings);
    for (const solvable of own) asked.add(solvable);
    const selected = new Set(meanings.flatMap((meaning) => meaning.packages));
    if (own.some((solvable) => selected.has(solvable))) {
      for (const solvable of own) jobs.push({ how: SOLVER.UPDATE | SOLVER.SOLVABLE, what: solvable });
    } else if (own.length > 0) {
      // The word names a version that is not the installed one.
      for (const { selector } of meanings) {
        jobs.push({ how: SOLVER.UPDATE | SOLVER.TARGETED | selector.how, what: selector.what });
      }
    }
    return problems;
  },

  downgrade(translation, word, meanings) {
    const { packages } = translation;
    return replace(
      translation,
      word,
      meanings,
      "an older version",
      (candidate, installed) =>
        packages.pool.compareVersions(packages.nevra(candidate).evr, packages.nevra(installed).evr) < 0,
    );
  },

  reinstall(translation, word, meanings) {
    const { packages } = translation;
    return replace(
      translation,
      word,
      meanings,
      "it",
      (candidate, installed) => packages.nevra(candidate).evr === packages.nevra(installed).evr,
    );
  },
};

/** Installs, in the place of each package that is meant, the newest of those that will do. */
function replace(
  translation: Translation,
  word: string,
  meanings: readonly Meaning[],
  what: string,
  willDo: (candidate: Solvable, installed: Solvable) => boolean,
): Problem[] {
  const { packages, jobs, asked, action } = translation;
  const { own, problems } = ownPackages(translation, word, meanings);
  const selected = meanings.flatMap((meaning) => meaning.packages);
  for (const installed of own) {
    const { name, arch } = packages.nevra(installed);
    const isNamed = selected.includes(installed);
    const candidates = packages.available(name).filter((candidate) =>
      packages.nevra(candidate).arch === arch && willDo(candidate, installed) &&
      // The word names other versions than the installed one.
      (isNamed || selected.includes(candidate))
    );
    const newest = newestOf(packages, candidates);
    if (newest.length === 0) {
      problems.push({
        code: "E_NO_OTHER_VERSION",
        message: `Cannot ${action} ${quote(formatNevra(packages.nevra(installed)))}: no repository has ${what}`,
      });
      continue;
    }
    const selector = packages.pool.oneOf(newest);
    jobs.push({ how: SOLVER.INSTALL | selector.how, what: selector.what });
    newest.forEach((solvable) => asked.add(solvable));
  }
  return problems;
}

function newestOf(packages: PackagePool, solvables: readonly Solvable[]): Solvable[] {
  const evr = (solvable: Solvable) => packages.nevra(solvable).evr;
  const compare = (one: Solvable, other: Solvable) => packages.pool.compareVersions(evr(one), evr(other));
  const [newest] = solvables.toSorted((one, other) => compare(other, one));
  return newest === undefined ? [] : solvables.filter((solvable) => compare(solvable, newest) === 0);
}

/** The packages of the node that are meant, by themselves or by another version of them. */
function ownPackages({ packages, node, action }: Translation, word: string, meanings: readonly Meaning[]) {
  const selected = meanings.flatMap((meaning) => meaning.packages);
  const names = new Set(selected.map((solvable) => packages.nevra(solvable).name));
  const installed = selected.filter((solvable) => packages.nodeOf(solvable) !== undefined);
  const meant = installed.length > 0 || action === "remove"
    ? installed
    : packages.installed().filter((solvable) => names.has(packages.nevra(solvable).name));
  const own = [...new Set(meant.filter((solvable) => packages.nodeOf(solvable) === node))];
  if (own.length > 0) return { own, problems: [] };
  const [inherited] = meant;
  if (inherited === undefined) {
    const problem: Problem = {
      code: "E_PACKAGE_NOT_INSTALLED",
      message: `Cannot ${action} ${quote(word)}: it is not installed in ${quote(node)}`,
    };
    return { own, problems: [problem] };
  }
  const holder = packages.nodeOf(inherited)!;
  const nevra = packages.nevra(inherited);
  const problem: Problem = {
    code: "E_PACKAGE_OF_PARENT",
    message: `Cannot ${action} ${quote(formatNevra(nevra))}: it belongs to ${packages.describeNode(holder)}`,
    hints: holder === HOST
      ? ["the host's package manager changes it: redpak does not"]
      : [`redpak ${action} ${holder} ${nevra.name}`],
  };
  return { own, problems: [problem] };
}
