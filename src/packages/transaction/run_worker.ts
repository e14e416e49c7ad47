import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { escapeText } from "../../core/escape.ts";
import { validCertificates } from "../../../ffi/librpm/openpgp.ts";
import type { Arrival, Departure } from "./changed_packages.ts";
import type { OwnerIds } from "./check_result.ts";
import type { PackageTrust, TransactionHost, TransactionJob } from "./job.ts";
import { DATABASE } from "./place_database.ts";
import type { ScriptSession } from "./script_session.ts";
import {
  decodeWorkerMessage,
  encodeWorkerAnswer,
  encodeWorkerJob,
  type WorkerJob,
  type WorkerMessage,
} from "./worker_job.ts";

/**
 * What the worker is told to do.
 *
 * @param pauses whether it waits for scripts and owners
 */
export function workerJob(
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

/** What is wrong with what was to be done, where others are failures to do it. */
const REFUSALS = ["E_PACKAGE_SIGNATURE", "E_TRANSACTION_REFUSED"];

/** Has the worker do it; what it says last is what has become of it. */
export async function runWorker(
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
    throw new RedpakError({
      ...first!,
      ...REFUSALS.includes(first!.code) ? { exit: EXIT.dependency } : {},
      problems: last.problems,
    });
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
