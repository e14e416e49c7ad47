import { RpmError } from "../../../ffi/librpm/rpm_error.ts";
import { RpmTransaction } from "../../../ffi/librpm/rpm_transaction.ts";
import { RedpakError } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { EXIT } from "../../core/exit_code.ts";
import { Database } from "../database/database.ts";
import { formatNevra, type Nevra, nevraOf } from "../database/installed_package.ts";
import type { TransactionContent } from "../generation/node_content.ts";
import type { StagingPlace } from "../generation/prepare.ts";
import { packageScripts } from "../scripts/package_scripts.ts";
import { isSame } from "./check_result.ts";
import { copyPackages } from "./copy_packages.ts";
import type { JobStep, TransactionJob } from "./job.ts";
import { type PackageContent, packageContent } from "./package_content.ts";
import { DATABASE } from "./place_database.ts";
import type { ScriptedArrival } from "./script_session.ts";

/** A package that is going to be installed, where nobody changes it. */
export interface Arrival extends ScriptedArrival {
  readonly step: JobStep;
  readonly file: string;
  readonly content: PackageContent;
}

/** A package that is going to be erased. */
export interface Departure {
  readonly package: Nevra;
  readonly content: PackageContent;
  /** Something else takes its place. */
  readonly isReplaced: boolean;
}

/** @throws {RedpakError} `E_PACKAGE_FILE`; as `copyPackages` */
export function readArrivals(place: StagingPlace, job: TransactionJob): Arrival[] {
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

/** @throws {RedpakError} `E_CHANGED` where a package is not there any more */
export function readDepartures(content: TransactionContent, job: TransactionJob): Departure[] {
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
