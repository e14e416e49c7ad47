import { O } from "../../../ffi/libc/constants.ts";
import { isRegularFile } from "../../../ffi/libc/file_status.ts";
import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { baseName } from "../../core/path.ts";
import { attempt } from "../attempt.ts";
import { formatNevra } from "../database/installed_package.ts";
import { copyFile } from "../generation/copy_file.ts";
import { Directory } from "../generation/directory.ts";
import type { StagingPlace } from "../generation/prepare.ts";
import { readChecksum } from "../repository/checksum.ts";
import { weakness } from "./check_signature.ts";
import { digestFile } from "./digest_file.ts";
import type { JobStep } from "./job.ts";

/** In a staging directory, until the transaction is committed. */
export const PACKAGES = "packages";

/**
 * Takes the packages to where nobody but the caller can change them: what is judged is what is installed. Where the file
 * system can, no block is copied.
 *
 * @returns their paths, for the steps that have a file
 * @throws {RedpakError} `E_PACKAGE_CHANGED` where one is not any more what its repository says; `E_PACKAGE_SIGNATURE` where
 * it has to be signed, and is in a way that anybody could
 */
export function copyPackages(place: StagingPlace, steps: readonly JobStep[]): ReadonlyMap<JobStep, string> {
  using packages = place.directory.make(PACKAGES);
  const copies = new Map<JobStep, string>();
  steps.forEach((step, index) => {
    const { file } = step;
    if (file === undefined) return;
    const name = `${index + 1}.rpm`;
    attempt("copy", file, () => {
      using directory = Directory.at(packages.kernel, file.slice(0, file.lastIndexOf("/")) || "/");
      const original = baseName(file);
      const details = directory.details(original);
      if (!isRegularFile(details)) {
        throw new RedpakError({ code: "E_PACKAGE_FILE", message: `Cannot install "${file}": it is no regular file` });
      }
      copyFile({ directory, name: original, details }, packages, name, { attributes: false });
      checkCopy(packages, name, step);
      if (step.trust?.required !== false) refuseWeak(packages, name, step);
    });
    copies.set(step, `${place.path}/${PACKAGES}/${name}`);
  });
  return copies;
}

function checkCopy(packages: Directory, name: string, { step, file }: JobStep): void {
  const announced = step.origin?.checksum;
  if (announced === undefined) return;
  const checksum = readChecksum(announced.type, announced.value);
  if (typeof checksum !== "string" && hexOf(packages, name, checksum.algorithm) === checksum.hex) return;
  throw new RedpakError({
    code: "E_PACKAGE_CHANGED",
    message: `Cannot install ${formatNevra(step.package)}: ${
      typeof checksum === "string" ? checksum : `"${file}" is not what its repository says`
    }`,
    hints: ["redpak repo refresh, then the command once more"],
  });
}

function refuseWeak(packages: Directory, name: string, { step }: JobStep): void {
  const reason = weakness(packages, name);
  if (reason === undefined) return;
  throw new RedpakError({
    code: "E_PACKAGE_SIGNATURE",
    exit: EXIT.dependency,
    message: `Cannot trust package "${formatNevra(step.package)}": ${reason}`,
    hints: ["whoever makes it has to sign it anew"],
  });
}

function hexOf(directory: Directory, name: string, algorithm: string): string | undefined {
  using opened = directory.openFile(name, O.RDONLY);
  return digestFile(directory.kernel, opened.number, directory.details(name).size, algorithm);
}
