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
import { ROOT } from "../generation/layout.ts";
import type { TransactionContent } from "../generation/node_content.ts";
import { isUnchanged } from "../generation/operation.ts";
import { makeStagingPlace, prepare, type Staging, type StagingPlace } from "../generation/prepare.ts";
import { removeTree } from "../generation/remove_tree.ts";
import { refuseLostConfiguration } from "./check_configuration.ts";
import { checkContent } from "./check_content.ts";
import { isSame } from "./check_result.ts";
import { copyPackages, PACKAGES } from "./copy_packages.ts";
import { findFileConflicts } from "./find_file_conflicts.ts";
import type { AppliedTransaction, JobStep, PackageTrust, TransactionHost, TransactionJob } from "./job.ts";
import { type Owners, resolveOwners } from "./owners.ts";
import { type PackageContent, packageContent, type ScriptKind, scriptsOf } from "./package_content.ts";
import {
  DATABASE,
  type DatabaseMove,
  FORMER,
  isOfDatabase,
  packagesIn,
  placeDatabase,
  planDatabase,
} from "./place_database.ts";
import { decodeWorkerMessage, encodeWorkerJob, type WorkerJob, type WorkerMessage } from "./worker_job.ts";

/** A package that is going to be installed, where nobody changes it. */
interface Arrival {
  readonly step: JobStep;
  readonly file: string;
  readonly content: PackageContent;
}

/** A package that is going to be erased. */
interface Departure {
  readonly package: Nevra;
  readonly content: PackageContent;
  readonly scripts: readonly ScriptKind[];
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
  if (!job.noScripts) refuseScripts(arrivals, departures);
  refuse(findFileConflicts(arrivals.map(({ content }) => content), [...job.ancestors, ...job.descendants]));
  const owners = ownersOf(content, job, arrivals);
  refuseFull(content, arrivals);

  const move = planDatabase(content);
  const before = packagesIn(content.path);
  const staging = prepare(content, prepareOptions(arrivals, departures, move), place);
  attempt("prepare the database in", staging.root, () => {
    using root = place.directory.open(ROOT);
    placeDatabase(content.directory, root, move);
  });
  const warnings = await work(host, workerJob(staging.root, job, arrivals, departures, owners));
  refuseOthers(before, packagesIn(staging.root), arrivals, departures);
  refuseLost(staging, [...arrivals, ...departures]);
  removeTree(place.directory, PACKAGES);
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
    time,
  });
  return { ...committed, warnings };
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
      return { step, file, content };
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
      (header) =>
        isSame(nevraOf(header), nevra) ? { content: packageContent(header), scripts: scriptsOf(header) } : undefined,
      "NAME",
      nevra.name,
    ).find((one) => one?.content !== undefined);
    if (found?.content === undefined) {
      throw new RedpakError({
        code: "E_CHANGED",
        exit: EXIT.busy,
        message: `Cannot erase ${formatNevra(nevra)}: "${content.path}" does not have it any more`,
        hints: ["repeat the command"],
      });
    }
    return { package: nevra, content: found.content, scripts: found.scripts, isReplaced };
  });
}

/** Scripts that have a part in it. */
const ON_ARRIVAL: readonly ScriptKind[] = [
  "%pretrans",
  "%pre",
  "%post",
  "%posttrans",
  "%trigger",
  "%filetrigger",
  "%transfiletrigger",
];
const ON_DEPARTURE: readonly ScriptKind[] = ["%preun", "%postun", "%trigger", "%filetrigger", "%transfiletrigger"];

function refuseScripts(arrivals: readonly Arrival[], departures: readonly Departure[]): void {
  const found = [
    ...arrivals.map(({ content }) => ({
      verb: "install",
      nevra: content.package,
      scripts: content.scripts,
      counts: ON_ARRIVAL,
    })),
    ...departures.map(({ package: nevra, scripts }) => ({ verb: "erase", nevra, scripts, counts: ON_DEPARTURE })),
  ];
  refuse(found.flatMap(({ verb, nevra, scripts, counts }) => {
    const those = scripts.filter((name) => counts.includes(name));
    return those.length === 0 ? [] : [{
      code: "E_SCRIPTS",
      message: `Cannot ${verb} ${escapeText(formatNevra(nevra))}: it has scripts to be run (${those.join(", ")})`,
      hints: ["--no-scripts does it without running them, where you know what they would have done"],
    }];
  }));
}

/** `null` where the caller cannot give files to others, and need not: all are root's. */
function ownersOf(content: TransactionContent, job: TransactionJob, arrivals: readonly Arrival[]): Owners | null {
  const contents = arrivals.map((arrival) => arrival.content);
  const { kernel } = content.directory;
  if (kernel.geteuid() === 0) {
    return resolveOwners(kernel, [content.path, ...job.ancestors.map(({ node }) => node)], contents);
  }
  refuse(contents.flatMap(({ package: nevra, files }) => {
    const foreign = files.find(({ user, group }) => user !== "root" || group !== "root");
    return foreign === undefined ? [] : [{
      code: "E_PACKAGE_OWNER",
      message: `Cannot install ${escapeText(formatNevra(nevra))}: its file "${escapeText(foreign.path)}" belongs to ${
        escapeText(`${foreign.user}:${foreign.group}`)
      }, and only root can give files away`,
      hints: ["in a node of your own, packages can have files of root only: they become yours"],
    }];
  }));
  return null;
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

function prepareOptions(arrivals: readonly Arrival[], departures: readonly Departure[], move: DatabaseMove) {
  const files = [...arrivals, ...departures].flatMap(({ content }) => content.files);
  const configuration = new Set(
    files.filter(({ flags }) => (flags & RPMFILE.CONFIG) !== 0).map(({ path }) => path.slice(1)),
  );
  return {
    paths: [...files.map(({ path }) => path), `/${FORMER}`],
    ...move.replaced ? { replaced: [FORMER] } : {},
    // librpm changes the attributes of a configuration file that stays as it is.
    isWritten: (path: string) => isOfDatabase(path) || configuration.has(path),
  };
}

function workerJob(
  root: string,
  job: TransactionJob,
  arrivals: readonly Arrival[],
  departures: readonly Departure[],
  owners: Owners | null,
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
    owners: owners && { users: Object.fromEntries(owners.users), groups: Object.fromEntries(owners.groups) },
  };
}

/** A package that nobody says anything about has to be signed by somebody who is not known. */
const NOBODY: PackageTrust = { keys: [], required: true };

/** Has the worker do it; what it says last is what has become of it. */
async function work(host: TransactionHost, job: WorkerJob): Promise<readonly string[]> {
  let last: WorkerMessage | undefined;
  const { status, complaint } = await host.runWorker(encodeWorkerJob(job), (line) => {
    last = decodeWorkerMessage(line);
    if (last.kind !== "done" && last.kind !== "failed") host.report?.(last);
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
