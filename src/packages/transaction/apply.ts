import { fileDetails, fileSystemStatus } from "../../../ffi/libc/file_status.ts";
import { RPMFILE } from "../../../ffi/librpm/constants.ts";
import { validCertificates } from "../../../ffi/librpm/openpgp.ts";
import { RpmError } from "../../../ffi/librpm/rpm_error.ts";
import { RpmTransaction } from "../../../ffi/librpm/rpm_transaction.ts";
import { type Problem, RedpakError } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { EXIT } from "../../core/exit_code.ts";
import { attempt, attemptAsync } from "../attempt.ts";
import { Database } from "../database/database.ts";
import { formatNevra, type Nevra, nevraOf } from "../database/installed_package.ts";
import { commit } from "../generation/commit.ts";
import { absent, Directory } from "../generation/directory.ts";
import { ROOT, USR } from "../generation/layout.ts";
import { listContent } from "../generation/list_content.ts";
import type { TransactionContent } from "../generation/node_content.ts";
import { isUnchanged } from "../generation/operation.ts";
import {
  makeStagingPlace,
  prepare,
  type PrepareOptions,
  type Staging,
  type StagingPlace,
} from "../generation/prepare.ts";
import { removeTree } from "../generation/remove_tree.ts";
import { type PackageScripts, packageScripts } from "../scripts/package_scripts.ts";
import { SCRIPT_TIMEOUT, ScriptRunner } from "../scripts/run_scripts.ts";
import type { ScriptedElement } from "../scripts/schedule.ts";
import { refuseLostConfiguration } from "./check_configuration.ts";
import { checkContent } from "./check_content.ts";
import { isSame, type OwnerIds } from "./check_result.ts";
import { copyPackages, PACKAGES } from "./copy_packages.ts";
import { findPrivileges } from "./find_privileges.ts";
import { findFileConflicts } from "./find_file_conflicts.ts";
import type { AppliedTransaction, JobStep, PackageTrust, TransactionHost, TransactionJob } from "./job.ts";
import { ACCOUNT_FILES } from "./make_accounts.ts";
import { OwnerBook } from "./owner_book.ts";
import { type PackageContent, packageContent } from "./package_content.ts";
import {
  DATABASE,
  type DatabaseMove,
  FORMER,
  isOfDatabase,
  makeBelow,
  packagesIn,
  placeDatabase,
  planDatabase,
} from "./place_database.ts";
import {
  foreseeScripts,
  installedScripts,
  refuseUnable,
  type ScriptedArrival,
  ScriptSession,
} from "./script_session.ts";
import {
  decodeWorkerMessage,
  encodeWorkerAnswer,
  encodeWorkerJob,
  type WorkerJob,
  type WorkerMessage,
} from "./worker_job.ts";

/** A package that is going to be installed, where nobody changes it. */
interface Arrival extends ScriptedArrival {
  readonly step: JobStep;
  readonly file: string;
  readonly content: PackageContent;
}

/** A package that is going to be erased. */
interface Departure {
  readonly package: Nevra;
  readonly content: PackageContent;
  /** Something else takes its place. */
  readonly isReplaced: boolean;
}

/**
 * Changes the packages of a node: beside its content first, then in one step, wholly or not at all.
 *
 * @throws {RedpakError} why nothing was changed: `E_PACKAGE_…`, `E_PROTECTED`, `E_FILE_CONFLICT`, `E_SCRIPTS`, `E_NO_SPACE`,
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
  const scripts = job.noScripts ? undefined : findScripts(content, arrivals, departures);
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
  const warnings = [...await work(host, worker, session), ...runner?.warnings ?? []];
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

/** What is run, where anything is; what cannot be is refused. */
function findScripts(
  content: TransactionContent,
  arrivals: readonly Arrival[],
  departures: readonly Departure[],
): readonly PackageScripts[] | undefined {
  const installed = installedScripts(content.path, arrivals);
  const calls = foreseeScripts(installed, [
    ...arrivals.map(({ scripts, replaces }): ScriptedElement => ({ kind: "added", scripts, replaces })),
    ...departures.map(({ package: nevra }): ScriptedElement => {
      return { kind: "removed", scripts: installed.find((one) => isSame(one.package, nevra))!, replaces: false };
    }),
  ]);
  refuseUnable(calls);
  return calls.length === 0 ? undefined : installed;
}

function privilegesOf(place: StagingPlace): Map<string, number> {
  using root = place.directory.open(ROOT);
  return findPrivileges(root);
}

/** What packages may not bring along, their scripts may not make. */
function refuseNewPrivileges(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  arrivals: readonly Arrival[],
): void {
  const allowed = new Set(arrivals.flatMap(({ content }) => content.files.map(({ path }) => path)));
  refuse(
    [...after].filter(([path, what]) => before.get(path) !== what && !allowed.has(path)).map(([path]) => ({
      code: "E_PACKAGE_PRIVILEGE",
      message: `Cannot change the packages: a script has made "${
        escapeText(path)
      }", which gives rights to whoever starts or opens it`,
      hints: ["nothing has been changed"],
    })),
  );
}

/** What scripts are used to write to. */
const WRITTEN_BY_SCRIPTS = ["usr", "etc", "var", "opt", "srv"];

/** Names of what is staged as a whole, for nobody knows what scripts make of it. */
function contentsFor(arrivals: readonly Arrival[], departures: readonly Departure[]): string[] {
  const files = [...arrivals, ...departures].flatMap(({ content }) => content.files);
  return [...new Set([...WRITTEN_BY_SCRIPTS, ...files.map(({ path }) => path.split("/")[1]!)])];
}

function refuse(problems: readonly Problem[]): void {
  const [first] = problems;
  if (first !== undefined) throw new RedpakError({ ...first, exit: EXIT.dependency, problems });
}

function readArrivals(place: StagingPlace, job: TransactionJob): Arrival[] {
  const copies = copyPackages(place, job.steps);
  // Nothing but headers is read with it.
  using reader = new RpmTransaction(place.path, `/${DATABASE}`);
  return [...copies].map(([step, file]) => {
    const label = escapeText(formatNevra(step.step.package));
    const damaged = (reason: string, cause?: unknown) =>
      new RedpakError({ code: "E_PACKAGE_FILE", message: `Cannot install ${label}: ${reason}`, cause });
    try {
      using header = reader.readPackage(file);
      const found = nevraOf(header);
      if (!isSame(found, step.step.package)) throw damaged(`"${step.file}" is ${escapeText(formatNevra(found))}`);
      const content = packageContent(header);
      if (content === undefined) throw damaged("its lists of files do not fit together");
      const scripts = packageScripts(header, true);
      return {
        step,
        file,
        content,
        scripts,
        replaces: step.step.replaces.length > 0 || step.step.kind === "reinstall",
      };
    } catch (error) {
      if (error instanceof RpmError) throw damaged(`"${step.file}" cannot be read: ${error.message}`, error);
      throw error;
    }
  });
}

function readDepartures(content: TransactionContent, job: TransactionJob): Departure[] {
  const wanted = job.steps.flatMap(({ step }) => [
    ...step.replaces.map((nevra) => ({ nevra, isReplaced: true })),
    ...step.kind === "erase" ? [{ nevra: step.package, isReplaced: false }] : [],
    ...step.kind === "reinstall" && !step.replaces.some((one) => isSame(one, step.package))
      ? [{ nevra: step.package, isReplaced: true }]
      : [],
  ]);
  if (wanted.length === 0) return [];
  using database = Database.ofNode(content.path);
  return wanted.map(({ nevra, isReplaced }) => {
    const found = database?.map(
      (header) => isSame(nevraOf(header), nevra) ? packageContent(header) : undefined,
      "NAME",
      nevra.name,
    ).find((one) => one !== undefined);
    if (found === undefined) {
      throw new RedpakError({
        code: "E_CHANGED",
        exit: EXIT.busy,
        message: `Cannot erase ${formatNevra(nevra)}: "${content.path}" does not have it any more`,
        hints: ["repeat the command"],
      });
    }
    return { package: nevra, content: found, isReplaced };
  });
}

/** Blocks that directories, the database and links take beside what files have in them, for each file. */
const BLOCKS_PER_FILE = 1;

function refuseFull(content: TransactionContent, arrivals: readonly Arrival[]): void {
  const { kernel, number } = content.directory;
  const { blockSize, available } = attempt("look at", content.path, () => fileSystemStatus(kernel, number));
  const files = arrivals.flatMap((arrival) => arrival.content.files).filter(({ flags }) =>
    (flags & RPMFILE.GHOST) === 0
  );
  const needed = files.reduce((sum, { size }) => sum + Math.ceil(size / blockSize) + BLOCKS_PER_FILE, 0);
  if (needed <= available) return;
  const mebibytes = (blocks: number) => Math.ceil(blocks * blockSize / 2 ** 20);
  throw new RedpakError({
    code: "E_NO_SPACE",
    message: `Cannot install into "${content.path}": it takes ${mebibytes(needed)} MiB, and ${
      mebibytes(available)
    } MiB are free`,
    hints: ["the files of before are kept for redpak undo; df -h shows what is full"],
  });
}

function prepareOptions(
  content: TransactionContent,
  arrivals: readonly Arrival[],
  departures: readonly Departure[],
  move: DatabaseMove,
  contents: readonly string[],
  written: readonly string[],
): PrepareOptions {
  const files = [...arrivals, ...departures].flatMap(({ content }) => content.files);
  const configuration = new Set(
    files.filter(({ flags }) => (flags & RPMFILE.CONFIG) !== 0).map(({ path }) => path.slice(1)),
  );
  const all = attempt("list", content.path, () => {
    return listContent(content.directory, contents.filter((name) => name !== USR), [FORMER, ...CACHES]);
  });
  return {
    paths: [...files.map(({ path }) => path), `/${FORMER}`, ...written, ...all],
    ...move.replaced ? { replaced: [FORMER] } : {},
    // librpm changes the attributes of a configuration file that stays as it is.
    isWritten: (path: string) => isOfDatabase(path) || configuration.has(path),
    copies: contents.length > 0,
  };
}

/** What redpak itself, and redpak 2.5, keep in a node for its repositories: nothing for scripts. */
const CACHES = ["var/cache/dnf", "var/lib/dnf"];

function workerJob(
  root: string,
  job: TransactionJob,
  arrivals: readonly Arrival[],
  departures: readonly Departure[],
  owners: OwnerIds | null,
  pauses: boolean,
): WorkerJob {
  const trusts: PackageTrust[] = [];
  const indexOf = (trust: PackageTrust): number => {
    const index = trusts.indexOf(trust);
    return index >= 0 ? index : trusts.push(trust) - 1;
  };
  return {
    version: 1,
    root,
    database: `/${DATABASE}`,
    installs: arrivals.map(({ step: { step, trust }, file }) => ({
      action: step.kind === "reinstall" ? "reinstall" : step.replaces.length > 0 ? "upgrade" : "install",
      package: step.package,
      file,
      trust: indexOf(trust ?? NOBODY),
    })),
    erases: departures.map((departure) => departure.package),
    trusts: trusts.map(({ keys, required }) => ({
      certificates: validCertificates(keys, job.time / 1000).map((bytes) => bytes.toBase64()),
      required,
    })),
    owners: owners && { users: { ...owners.users }, groups: { ...owners.groups } },
    pauses,
  };
}

/** A package that nobody says anything about has to be signed by somebody who is not known. */
const NOBODY: PackageTrust = { keys: [], required: true };

/** Has the worker do it; what it says last is what has become of it. */
async function work(
  host: TransactionHost,
  job: WorkerJob,
  session: ScriptSession,
): Promise<readonly string[]> {
  let last: WorkerMessage | undefined;
  const { status, complaint } = await host.runWorker(encodeWorkerJob(job), async (line) => {
    const message = last = decodeWorkerMessage(line);
    switch (message.kind) {
      case "order":
      case "pause":
        return encodeWorkerAnswer(await session.answer(message));
      case "done":
      case "failed":
        return undefined;
      default:
        host.report?.(message);
    }
  });
  if (last?.kind === "failed") {
    const [first] = last.problems;
    throw new RedpakError({ ...first!, problems: last.problems });
  }
  if (last?.kind === "done" && status === "exit code 0") return last.warnings;
  throw new RedpakError({
    code: "E_WORKER",
    message: `Cannot change the packages: the process that does it ended with ${status}${
      complaint === "" ? "" : `: ${escapeText(complaint)}`
    }`,
    hints: ["nothing has been changed"],
  });
}

/** What was changed in a configuration file is in it still, or beside it; whatever has been reported. */
function refuseLost(
  { content, root, staged }: Staging,
  packages: readonly { readonly content: PackageContent }[],
): void {
  attempt("look for configuration in", root, () => {
    using after = Directory.at(content.directory.kernel, root);
    refuseLostConfiguration(content.directory, after, packages.map((each) => each.content), (path) => {
      const was = staged.get(path);
      const is = absent(() => fileDetails(content.directory.kernel, content.directory.number, path));
      return was?.kind === "file" && (is === undefined || !isUnchanged(is, was.original, true));
    });
  });
}

/** The database says what was meant, and nothing else; whatever has been reported. */
function refuseOthers(
  before: readonly Nevra[],
  after: readonly Nevra[],
  arrivals: readonly Arrival[],
  departures: readonly Departure[],
): void {
  const gone = departures.map((departure) => formatNevra(departure.package));
  const expected = [
    ...before.map(formatNevra).filter((one) => !gone.includes(one)),
    ...arrivals.map(({ content }) => formatNevra(content.package)),
  ].sort();
  const found = after.map(formatNevra).sort();
  if (expected.length === found.length && expected.every((one, index) => one === found[index])) return;
  throw new RedpakError({
    code: "E_INCOMPLETE",
    message: "Cannot complete the transaction: the database of packages does not say what was to be done",
    hints: ["nothing has been changed; the disk may be failing: see the messages of the kernel"],
  });
}
