import { SOLVER, SOLVER_FLAG, SOLVER_REASON, SOLVER_TRANSACTION } from "../../../ffi/libsolv/constants.ts";
import type { Job, Solvable } from "../../../ffi/libsolv/pool.ts";
import { Solver } from "../../../ffi/libsolv/solver.ts";
import { describeConflicts } from "./describe_conflicts.ts";
import type { Jobs } from "./make_jobs.ts";
import { originOf } from "./origin_of.ts";
import type { PackagePool } from "./package_pool.ts";
import type { SolveOptions } from "./request.ts";
import type { Conflict, Reason, Step, StepKind } from "./resolution.ts";

/** What the solver has found. */
export type Outcome = {
  readonly conflicts: readonly Conflict[];
  readonly steps?: undefined;
} | {
  readonly conflicts?: undefined;
  readonly steps: readonly Step[];
  /** Everything that is installed afterwards, in the node and its ancestors. */
  readonly result: readonly Solvable[];
  /** Packages of the node that nobody has asked for and nothing needs. */
  readonly unneeded: readonly Solvable[];
};

export interface Permissions {
  /** Packages that need what goes may go with it. */
  readonly erasing: boolean;
  /** Packages may be replaced by older ones. */
  readonly downgrading: boolean;
}

/**
 * Solves jobs for a node: its own packages may change, those of its ancestors stay as they are.
 *
 * @param packages prepared, and not since the jobs were made
 */
export function solve(
  packages: PackagePool,
  node: string,
  { jobs, asked }: Pick<Jobs, "jobs" | "asked">,
  permissions: Permissions,
  options: SolveOptions,
): Outcome {
  using solver = new Solver(packages.pool);
  solver.setFlag(SOLVER_FLAG.ALLOW_UNINSTALL, permissions.erasing);
  solver.setFlag(SOLVER_FLAG.ALLOW_DOWNGRADE, permissions.downgrading);
  solver.setFlag(SOLVER_FLAG.IGNORE_RECOMMENDED, options.recommended === false);
  // As dnf: who has built a package does not matter, and what obsoletes a package replaces it.
  solver.setFlag(SOLVER_FLAG.ALLOW_VENDORCHANGE, true);
  solver.setFlag(SOLVER_FLAG.YUM_OBSOLETES, true);
  const all = [...jobs, ...locks(packages, node), ...userInstalled(packages, node, options)];
  if (!solver.solve(all)) return { conflicts: describeConflicts(packages, node, all, solver.problems) };
  using transaction = solver.transaction();
  return {
    steps: transaction.steps.map(({ solvable, type }): Step => {
      const kind = KINDS[type] ?? "change";
      const erased = kind === "erase";
      const replaced = erased ? [] : transaction.replaced(solvable);
      return {
        kind,
        package: packages.nevra(solvable),
        reason: reasonOf(solver, asked, [solvable, ...replaced]),
        replaces: replaced.map((former) => packages.nevra(former)),
        ...erased ? {} : { origin: originOf(packages, solvable) },
        installedSize: installedSize(packages, solvable),
        ...replaced.length === 0
          ? {}
          : { replacedSize: replaced.reduce((sum, former) => sum + installedSize(packages, former), 0) },
      };
    }),
    result: transaction.result,
    unneeded: solver.unneeded.filter((solvable) => packages.nodeOf(solvable) === node),
  };
}

function installedSize({ pool }: PackagePool, solvable: Solvable): number {
  return pool.number(solvable, "solvable:installsize");
}

const KINDS: Readonly<Record<number, StepKind>> = {
  [SOLVER_TRANSACTION.ERASE]: "erase",
  [SOLVER_TRANSACTION.INSTALL]: "install",
  [SOLVER_TRANSACTION.REINSTALL]: "reinstall",
  [SOLVER_TRANSACTION.DOWNGRADE]: "downgrade",
  [SOLVER_TRANSACTION.CHANGE]: "change",
  [SOLVER_TRANSACTION.UPGRADE]: "upgrade",
  [SOLVER_TRANSACTION.OBSOLETES]: "obsoletes",
};

/** One for each package of an ancestor, so that a problem names the one that it is about. */
function locks(packages: PackagePool, node: string): Job[] {
  return packages.installed()
    .filter((solvable) => packages.nodeOf(solvable) !== node)
    .map((solvable) => ({ how: SOLVER.LOCK | SOLVER.SOLVABLE, what: solvable }));
}

function userInstalled(packages: PackagePool, node: string, { userInstalled: names }: SolveOptions): Job[] {
  if (names === undefined) return [];
  return packages.installedIn(node)
    .filter((solvable) => names.has(packages.nevra(solvable).name))
    .map((solvable) => ({ how: SOLVER.USERINSTALLED | SOLVER.SOLVABLE, what: solvable }));
}

/** @param solvables the package, and those that it replaces */
function reasonOf(solver: Solver, asked: ReadonlySet<Solvable>, solvables: readonly Solvable[]): Reason {
  if (solvables.some((solvable) => asked.has(solvable))) return "asked";
  return solver.reason(solvables[0]!) === SOLVER_REASON.WEAKDEP ? "recommended" : "dependency";
}
