import { SOLVER, SOLVER_SOLUTION } from "../../../ffi/libsolv/constants.ts";
import type { Job } from "../../../ffi/libsolv/pool.ts";
import type { SolutionElement, SolverProblem } from "../../../ffi/libsolv/solver.ts";
import { formatNevra } from "../database/installed_package.ts";
import type { PackagePool } from "./package_pool.ts";
import type { Conflict } from "./resolution.ts";

/**
 * Problems in the solver's words, but for its proposals to change packages of ancestors.
 *
 * @param node whose packages were to change
 * @param jobs as they were given to the solver
 */
export function describeConflicts(
  packages: PackagePool,
  node: string,
  jobs: readonly Job[],
  problems: readonly SolverProblem[],
): Conflict[] {
  return problems.map(({ text, rules, solutions }) => {
    const belongings = solutions.flat().flatMap((element) => belonging(packages, node, jobs, element) ?? []);
    return {
      text,
      rules: [...new Set([...rules.filter((rule) => rule !== text), ...belongings])],
      proposals: solutions
        // Packages of ancestors are not for the node to give up.
        .filter((elements) => elements.every((element) => belonging(packages, node, jobs, element) === undefined))
        .map((elements) => elements.map((element) => proposal(packages, node, element))),
    };
  });
}

/** What the solver says, or the command that does it: nothing else would allow what is to be allowed. */
function proposal(packages: PackagePool, node: string, { subject, object, text }: SolutionElement): string {
  if (subject <= 0 || object <= 0 || packages.nodeOf(subject) !== node) return text;
  const [former, other] = [packages.nevra(subject), packages.nevra(object)];
  if (former.name !== other.name) return text;
  const isOlder = packages.pool.compareVersions(other.evr, former.evr) < 0;
  return `redpak ${isOlder ? "downgrade" : "update"} ${node} ${formatNevra(other)}`;
}

/** Whose a package is, where an element of a solution is to unlock it. */
function belonging(
  packages: PackagePool,
  node: string,
  jobs: readonly Job[],
  element: SolutionElement,
): string | undefined {
  if (element.subject !== SOLVER_SOLUTION.JOB) return undefined;
  // Jobs are two numbers each, and counted from 1.
  const job = jobs[(element.object - 1) / 2];
  if (job === undefined || job.how !== (SOLVER.LOCK | SOLVER.SOLVABLE)) return undefined;
  const holder = packages.nodeOf(job.what)!;
  if (holder === node) return undefined;
  return `${formatNevra(packages.nevra(job.what))} belongs to ${packages.describeNode(holder)}`;
}
