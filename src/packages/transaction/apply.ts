import { attempt, attemptAsync } from "../attempt.ts";
import { commit } from "../generation/commit.ts";
import { ROOT } from "../generation/layout.ts";
import type { TransactionContent } from "../generation/node_content.ts";
import { makeStagingPlace, prepare, type StagingPlace } from "../generation/prepare.ts";
import { removeTree } from "../generation/remove_tree.ts";
import { refuse } from "../refuse.ts";
import { SCRIPT_TIMEOUT, ScriptRunner } from "../scripts/run_scripts.ts";
import { readArrivals, readDepartures } from "./changed_packages.ts";
import { checkContent } from "./check_content.ts";
import { refuseLost, refuseNewPrivileges, refuseOthers } from "./check_outcome.ts";
import { isSame } from "./check_result.ts";
import { PACKAGES } from "./copy_packages.ts";
import { findFileConflicts } from "./find_file_conflicts.ts";
import { findPrivileges } from "./find_privileges.ts";
import { findScripts } from "./find_scripts.ts";
import type { AppliedTransaction, TransactionHost, TransactionJob } from "./job.ts";
import { ACCOUNT_FILES } from "./make_accounts.ts";
import { OwnerBook } from "./owner_book.ts";
import { DATABASE, makeBelow, packagesIn, placeDatabase, planDatabase } from "./place_database.ts";
import { refuseFull } from "./refuse_full.ts";
import { runWorker, workerJob } from "./run_worker.ts";
import { ScriptSession } from "./script_session.ts";
import { contentsFor, prepareOptions } from "./staged_paths.ts";

/**
 * Changes the packages of a node: beside its content first, then in one step, wholly or not at all.
 *
 * @throws {RedpakError} why nothing was changed: `E_PACKAGE_…`, `E_PROTECTED`, `E_FILE_CONFLICT`, `E_SCRIPTS`, `E_SCRIPT_…`, `E_NO_SPACE`,
 * `E_TRANSACTION`, `E_INCOMPLETE`, `E_WORKER`; as `prepare` and `commit`
 */
export async function applyTransaction(
  content: TransactionContent,
  job: TransactionJob,
  host: TransactionHost,
): Promise<AppliedTransaction> {
  return await attemptAsync("change the packages of", content.path, () => change(content, job, host));
}

async function change(
  content: TransactionContent,
  job: TransactionJob,
  host: TransactionHost,
): Promise<AppliedTransaction> {
  using place = makeStagingPlace(content);
  const arrivals = readArrivals(place, job);
  const departures = readDepartures(content, job);
  refuse(arrivals.flatMap(({ content }) => checkContent(content, job.allowed)));
  const scripts = job.noScripts ? undefined : await findScripts(host, content, arrivals, departures);
  refuse(findFileConflicts(arrivals.map(({ content }) => content), [...job.ancestors, ...job.descendants]));
  const owners = new OwnerBook(content, job, arrivals);
  refuseFull(content, arrivals);

  const move = planDatabase(content);
  const before = packagesIn(content.path);
  const contents = scripts === undefined ? [] : contentsFor(arrivals, departures);
  const written = owners.makesAccounts ? ACCOUNT_FILES : [];
  const staging = prepare(content, prepareOptions(content, arrivals, departures, move, contents, written), place);
  attempt("prepare", staging.root, () => {
    using root = place.directory.open(ROOT);
    placeDatabase(content.directory, root, move);
    owners.makeAnnounced(root);
    if (scripts !== undefined) makeBelow(root, DATABASE)[Symbol.dispose]();
  });
  const privileged = scripts && attempt("look through", staging.root, () => privilegesOf(place));
  const runner = scripts && new ScriptRunner({
    node: content.path,
    directory: place.directory,
    path: place.path,
    root: ROOT,
    contents,
    database: DATABASE,
    timeout: job.scriptTimeout ?? SCRIPT_TIMEOUT,
  }, host.runScript);
  // Scripts, and files of packages, may say who users are before the files are looked at that belong to them.
  if (runner === undefined && !owners.isLate) owners.refuseStrangers(staging.root);
  const session = new ScriptSession(scripts ?? [], arrivals, runner, (nevra) => {
    const { content } = arrivals.find((one) => isSame(one.content.package, nevra))!;
    attempt("make users in", staging.root, () => {
      using root = place.directory.open(ROOT);
      owners.makeHidden(root, content);
    });
    owners.refuseStrangers(staging.root, content);
    return owners.idsOf(staging.root);
  });
  const pauses = runner !== undefined || owners.isLate;
  const worker = workerJob(staging.root, job, arrivals, departures, owners.idsOf(staging.root), pauses);
  const warnings = [...await runWorker(host, worker, session), ...runner?.warnings ?? []];
  refuseOthers(before, packagesIn(staging.root), arrivals, departures);
  if (privileged === undefined) {
    refuseLost(staging, [...arrivals, ...departures]);
  } else {
    // Scripts change what was edited, too: of that, what was before is kept as of everything.
    refuseNewPrivileges(privileged, attempt("look through", staging.root, () => privilegesOf(place)), arrivals);
  }
  removeTree(place.directory, PACKAGES);
  runner?.clean();
  const packages = job.steps.map(({ step: { kind, package: nevra, replaces, reason } }) => ({
    kind,
    package: nevra,
    replaces,
    reason,
  }));
  const { command, dependencies, time } = job;
  const committed = await commit(staging, {
    command,
    packages,
    ...dependencies === undefined ? {} : { dependencies },
    ...runner === undefined ? {} : { scripts: runner.records },
    time,
  });
  return { ...committed, warnings };
}

function privilegesOf(place: StagingPlace): Map<string, number> {
  using root = place.directory.open(ROOT);
  return findPrivileges(root);
}
