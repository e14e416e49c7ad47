import type { Kernel } from "../../../ffi/libc/system_calls.ts";
import { RPMFILE } from "../../../ffi/librpm/constants.ts";
import { RpmDatabase } from "../../../ffi/librpm/rpm_database.ts";
import { RpmError, RpmRefusal } from "../../../ffi/librpm/rpm_error.ts";
import { RpmTransaction } from "../../../ffi/librpm/rpm_transaction.ts";
import { type Problem, RedpakError } from "../../core/error.ts";
import { formatNevra, type Nevra, nevraOf } from "../database/installed_package.ts";
import { isSame, ResultCheck } from "./check_result.ts";
import { packageContent } from "./package_content.ts";
import type { WorkerAnswer, WorkerJob, WorkerMessage } from "./worker_job.ts";

/** librpm's only names for what it does with a root directory that has no passwd(5): files get their owners afterwards. */
const ABOUT_OWNERS = /^warning: (?:user|group) .* does not exist - using (?:root|wheel)/;

/** Who has started the worker. */
export interface WorkerListener {
  readonly tell: (message: Extract<WorkerMessage, { number: number }>) => void;
  /** Tells something, and waits for the answer. */
  readonly ask: (message: Extract<WorkerMessage, { kind: "order" | "pause" }>) => WorkerAnswer;
}

type Tell = WorkerListener["tell"];

/**
 * Verifies packages and changes what is installed in a root directory. The calling process is no good for anything else: its
 * root directory changes meanwhile.
 *
 * @returns what librpm had to say
 * @throws {RedpakError} `E_PACKAGE_SIGNATURE`, `E_PACKAGE_FILE`, `E_PACKAGE_OTHER`, `E_TRANSACTION`,
 * `E_TRANSACTION_REFUSED`, `E_INCOMPLETE`
 */
export function performTransaction(kernel: Kernel, job: WorkerJob, listener: WorkerListener): string[] {
  verifyPackages(job, listener.tell);
  const erased = new Map<string, readonly string[]>();
  const warnings = changePackages(kernel, job, listener, erased);
  using database = openDatabase(job);
  using check = new ResultCheck(kernel, job.root, database);
  for (const { package: nevra } of job.installs) {
    // With scripts, each was looked at when its files were in place: what they have made of them since is meant.
    if (job.pauses) check.checkRecorded(nevra);
    else check.checkInstalled(nevra, job.owners);
  }
  for (const nevra of job.erases) {
    // A package that is installed again is one that is erased as well.
    if (job.installs.some((install) => isSame(install.package, nevra))) continue;
    check.checkErased(nevra, job.pauses ? [] : erased.get(formatNevra(nevra)) ?? []);
  }
  return warnings.filter((line) => !ABOUT_OWNERS.test(line));
}

const openDatabase = ({ root, database }: WorkerJob): RpmDatabase => new RpmDatabase(`${root}${database}`, "sqlite");

function verifyPackages(job: WorkerJob, tell: Tell): void {
  let number = 0;
  const total = job.installs.length;
  job.trusts.forEach(({ certificates, required }, trust) => {
    const ours = job.installs.filter((install) => install.trust === trust);
    if (ours.length === 0) return;
    using transaction = new RpmTransaction(job.root, job.database);
    transaction.setKeys(certificates.map((text) => Uint8Array.fromBase64(text)));
    using headers = new DisposableStack();
    ours.forEach(({ file, package: nevra }, index) => {
      const header = headers.use(attempt(nevra, () => transaction.readPackage(file)));
      attempt(nevra, () => transaction.install(header, index + 1, false));
    });
    const problems = transaction.verify((key, purpose) => {
      const install = ours[key - 1];
      if (install !== undefined && purpose === "verify") {
        tell({ kind: "verify", package: install.package, number: ++number, total });
      }
      return install?.file;
    }, required);
    const [first, ...others] = problems.map(untrusted);
    if (first !== undefined) throw new RedpakError({ ...first, problems: [first, ...others] });
  });
}

/** @param text librpm's: which package does not verify, and why */
function untrusted(text: string): Problem {
  const [, name, reason] = /^package (\S+) does not verify: (.*)$/s.exec(text) ?? [];
  return {
    code: "E_PACKAGE_SIGNATURE",
    message: name === undefined ? `Cannot trust the package: ${text}` : `Cannot trust package "${name}": ${reason}`,
    hints: /\bno signature\b/.test(text)
      ? [
        "whoever makes it has to sign it; install --no-gpgcheck takes a file without, where gpgcheck is not on for all nodes",
      ]
      : /\bNOKEY\b/.test(text)
      ? ["redpak keys add NODE KEY, once you know that the key is that of who makes the packages"]
      : [],
  };
}

function changePackages(
  kernel: Kernel,
  job: WorkerJob,
  { tell, ask }: WorkerListener,
  erased: Map<string, readonly string[]>,
): string[] {
  using transaction = new RpmTransaction(job.root, job.database);
  using headers = new DisposableStack();
  job.installs.forEach(({ action, file, package: nevra }, index) => {
    const header = headers.use(attempt(nevra, () => transaction.readPackage(file)));
    if (!isSame(nevraOf(header), nevra)) throw other(nevra, nevraOf(header));
    attempt(
      nevra,
      () =>
        action === "reinstall"
          ? transaction.reinstall(header, index + 1)
          : transaction.install(header, index + 1, action === "upgrade"),
    );
  });
  for (const nevra of job.erases) {
    const count = attempt(nevra, () =>
      transaction.erase(nevra.name, (header) => {
        if (!isSame(nevraOf(header), nevra)) return false;
        erased.set(formatNevra(nevra), filesOf(packageContent(header)?.files ?? []));
        return true;
      }));
    if (count !== 1) throw failed(`"${formatNevra(nevra)}" is installed ${count} times`);
  }
  transaction.order();
  refuseOthers(job, transaction);
  const elements = elementsOf(transaction);
  if (job.pauses) ask({ kind: "order", elements });
  const pause = (at: Pause["at"], element = 0) => job.pauses ? ask({ kind: "pause", at, element }) : {};
  const counts = { install: 0, erase: 0 };
  const totals = { install: job.installs.length, erase: job.erases.length };
  const count = (kind: "install" | "erase", nevra: Nevra) =>
    tell({ kind, package: nevra, number: ++counts[kind], total: totals[kind] });
  try {
    pause("begin");
    const said = transaction.run({
      open: (key, purpose) => {
        const install = job.installs[key - 1];
        if (install !== undefined && purpose === "install") count("install", install.package);
        return install?.file;
      },
      erase: (header) => count("erase", nevraOf(header)),
      element(index, moment) {
        if (!job.pauses) return;
        if (moment === "before") return void pause("before", index);
        const { kind, package: nevra } = elements[index]!;
        if (kind === "added") {
          const { owners = job.owners } = pause("placed", index);
          using database = openDatabase(job);
          using check = new ResultCheck(kernel, job.root, database);
          check.checkInstalled(nevra, owners);
        }
        pause("after", index);
      },
    });
    pause("end");
    return said;
  } catch (error) {
    if (error instanceof RpmError) throw failed(error.message, error);
    throw error;
  }
}

/** What has to be gone from the disk when the package is: what rpm keeps of a configuration file is no loss. */
const filesOf = (files: readonly { readonly path: string; readonly flags: number }[]): string[] =>
  files.filter(({ flags }) => (flags & (RPMFILE.GHOST | RPMFILE.CONFIG)) === 0).map(({ path }) => path);

type Order = Extract<WorkerMessage, { kind: "order" }>;
type Pause = Extract<WorkerMessage, { kind: "pause" }>;

function elementsOf(transaction: RpmTransaction): Order["elements"] {
  return transaction.elements().map(({ kind, name, evr, arch }) => {
    return { kind, package: { name, evr: evr.replace(/^0:/, ""), arch } };
  });
}

/** librpm has its own mind on what a new version replaces: what nobody was shown is not done. */
function refuseOthers({ installs, erases }: WorkerJob, transaction: RpmTransaction): void {
  const wanted = [
    ...installs.map((install) => `added ${formatNevra(install.package)}`),
    ...erases.map((nevra) => `removed ${formatNevra(nevra)}`),
  ].sort();
  const found = elementsOf(transaction).map(({ kind, package: nevra }) => `${kind} ${formatNevra(nevra)}`).sort();
  const surprise = found.find((one) => !wanted.includes(one)) ?? wanted.find((one) => !found.includes(one));
  if (surprise !== undefined || found.length !== wanted.length) {
    throw failed(`librpm would not do what was resolved: ${surprise ?? "something twice"}`);
  }
}

function attempt<T>(nevra: Nevra, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof RpmError)) throw error;
    throw new RedpakError({
      code: "E_PACKAGE_FILE",
      message: `Cannot use package "${formatNevra(nevra)}": ${error.message}`,
      cause: error,
    });
  }
}

function other(wanted: Nevra, found: Nevra): RedpakError {
  return new RedpakError({
    code: "E_PACKAGE_OTHER",
    message: `Cannot install ${formatNevra(wanted)}: its file is the package ${formatNevra(found)}`,
  });
}

function failed(reason: string, cause?: unknown): RedpakError {
  return new RedpakError({
    code: cause instanceof RpmRefusal ? "E_TRANSACTION_REFUSED" : "E_TRANSACTION",
    message: `Cannot change the packages: ${reason}`,
    hints: ["nothing has been changed"],
    cause,
  });
}
