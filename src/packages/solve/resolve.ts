import { SOLVER } from "../../../ffi/libsolv/constants.ts";
import type { Solvable } from "../../../ffi/libsolv/pool.ts";
import { checkDescendants, type Consequences } from "./check_descendants.ts";
import { makeJobs } from "./make_jobs.ts";
import { PackagePool } from "./package_pool.ts";
import type { Request, SolveOptions } from "./request.ts";
import type { Breakage, Resolution, Satisfied } from "./resolution.ts";
import { type Outcome, type Permissions, solve } from "./solve.ts";
import type { AvailableSource, InstalledSource } from "./sources.ts";

/** Everything that counts for what can be installed in a node. */
export interface World {
  /** Architecture of the machine, as in `x86_64`. */
  readonly arch: string;
  /** The node whose packages are changed, its ancestors, and the host where the top of the family shows it. */
  readonly family: readonly [InstalledSource, ...InstalledSource[]];
  /** The nodes inside of it, parents before their children. */
  readonly descendants: readonly InstalledSource[];
  readonly available: readonly AvailableSource[];
}

/**
 * Finds out what has to be done for a request, and whether that can be. Nothing is changed.
 *
 * @throws {RedpakError} where the request cannot even be understood: `E_PACKAGE_…`, `E_NO_OTHER_VERSION`; where something
 * cannot be read: `E_DATABASE…`, `E_METADATA`; `E_LIBRARY…`
 */
export async function resolve(world: World, request: Request, options: SolveOptions = {}): Promise<Resolution> {
  const [{ node }] = world.family;
  using packages = new PackagePool(world.arch);
  packages.addInstalled(world.family);
  for (const source of world.available) packages.addAvailable(source);
  const files = request.action === "install" ? (request.files ?? []).map((path) => packages.addPackageFile(path)) : [];
  const lacksFiles = packages.prepare();
  if ((lacksFiles || namesPath(request)) && await packages.addFilelists()) packages.prepare();

  const before = new Set(packages.installed());
  const keep = new Map<Solvable, Breakage>();
  for (;;) {
    const { satisfied, ...outcome } = request.action === "autoremove"
      ? { satisfied: [], ...autoremove(packages, node, keep, options) }
      : translate(packages, node, request, files, keep, options);
    const held = request.action === "update"
      ? [...keep].map(([solvable, because]) => ({ package: packages.nevra(solvable), because }))
      : [];
    if (outcome.conflicts !== undefined) {
      return { steps: [], satisfied, held, conflicts: outcome.conflicts, breakages: [], cascade: [] };
    }
    const { missed, ...consequences } = consequencesOf(packages, world, before, outcome.result);
    // Nobody has asked for these packages in particular: what a descendant needs stays.
    const news = isUnspecific(request) ? [...missed].filter(([solvable]) => !keep.has(solvable)) : [];
    if (news.length === 0) return { steps: outcome.steps, satisfied, held, conflicts: [], ...consequences };
    news.forEach(([solvable, breakage]) => keep.set(solvable, breakage));
  }
}

function isUnspecific(request: Request): boolean {
  return request.action === "autoremove" || request.action === "update" && request.words.length === 0;
}

const PERMISSIONS: Readonly<Record<Request["action"], Permissions>> = {
  install: { erasing: false, downgrading: false },
  update: { erasing: false, downgrading: false },
  remove: { erasing: true, downgrading: false },
  downgrade: { erasing: false, downgrading: true },
  reinstall: { erasing: false, downgrading: false },
  autoremove: { erasing: true, downgrading: false },
};

type Kept = ReadonlyMap<Solvable, Breakage>;

function translate(
  packages: PackagePool,
  node: string,
  request: Exclude<Request, { action: "autoremove" }>,
  files: readonly Solvable[],
  keep: Kept,
  options: SolveOptions,
): Outcome & { readonly satisfied: readonly Satisfied[] } {
  const { jobs, asked, satisfied } = makeJobs(packages, node, request, files);
  const locks = [...keep.keys()].map((solvable) => ({ how: SOLVER.LOCK | SOLVER.SOLVABLE, what: solvable }));
  const all = { jobs: [...jobs, ...locks], asked };
  return { ...solve(packages, node, all, PERMISSIONS[request.action], options), satisfied };
}

/** Erases what nobody has asked for and nothing needs. */
function autoremove(packages: PackagePool, node: string, keep: Kept, options: SolveOptions): Outcome {
  const needed = [...keep.keys()].map((solvable) => ({ how: SOLVER.USERINSTALLED | SOLVER.SOLVABLE, what: solvable }));
  const now = solve(packages, node, { jobs: needed, asked: new Set() }, PERMISSIONS.autoremove, options);
  if (now.conflicts !== undefined) return now;
  const erased = now.unneeded.map((solvable) => ({ how: SOLVER.ERASE | SOLVER.SOLVABLE, what: solvable }));
  const jobs = { jobs: [...needed, ...erased], asked: new Set(now.unneeded) };
  return solve(packages, node, jobs, PERMISSIONS.autoremove, options);
}

function consequencesOf(
  packages: PackagePool,
  { descendants }: World,
  before: ReadonlySet<Solvable>,
  result: readonly Solvable[],
): Consequences {
  if (descendants.length === 0) return { breakages: [], cascade: [], missed: new Map() };
  using _others = packages.addOthers(descendants);
  return checkDescendants(packages, descendants.map((source) => source.node), before, new Set(result));
}

function namesPath(request: Request): boolean {
  return request.action !== "autoremove" && request.words.some((word) => word.startsWith("/"));
}
