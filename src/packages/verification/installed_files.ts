import { RPMFILE, RPMFILE_STATE } from "../../../ffi/librpm/constants.ts";
import type { PackageTags } from "../../../ffi/librpm/header.ts";
import { RedpakError } from "../../core/error.ts";
import { formatNevra, nevraOf } from "../database/installed_package.ts";
import { digestAlgorithmOf, type PackagedFile, packagedFiles } from "../transaction/package_content.ts";

/** A file that a package has brought. */
export interface InstalledFile extends PackagedFile {
  /** Name, version, release and architecture of its package. */
  readonly package: string;
  /** Algorithm of the digest, by its number in OpenPGP. */
  readonly digestAlgorithm: number;
  /** People may have changed it. */
  readonly isConfiguration: boolean;
}

/**
 * The files that a package of a node has put there.
 *
 * @param database its directory, for people
 * @throws {RedpakError} `E_DATABASE` where what is known of the package is damaged
 */
export function installedFiles(header: PackageTags, database: string): InstalledFile[] {
  const files = packagedFiles(header);
  const label = formatNevra(nevraOf(header));
  if (files === undefined) {
    throw new RedpakError({
      code: "E_DATABASE",
      message: `Cannot read the RPM database "${database}": what it has about ${label} is damaged`,
    });
  }
  const states = header.numbers("FILESTATES");
  const digestAlgorithm = digestAlgorithmOf(header);
  const installed: InstalledFile[] = [];
  for (let index = 0; index < files.length; index++) {
    const file = files[index]!;
    if (states[index] !== RPMFILE_STATE.NORMAL || (file.flags & RPMFILE.GHOST) !== 0) continue;
    installed.push(
      Object.assign(file, { package: label, digestAlgorithm, isConfiguration: (file.flags & RPMFILE.CONFIG) !== 0 }),
    );
  }
  return installed;
}
