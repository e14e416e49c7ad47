import { RPMFILE, RPMFILE_STATE } from "../../../ffi/librpm/constants.ts";
import { RedpakError } from "../../core/error.ts";
import { formatNevra, nevraOf } from "../database/installed_package.ts";
import type { Holder } from "../database/holders.ts";
import { packageContent, type PackagedFile } from "../transaction/package_content.ts";

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
 * The files that a node's packages have put there, in no order; undefined where it has no database.
 *
 * @throws {RedpakError} `E_DATABASE…`
 */
export function installedFiles(holder: Holder): InstalledFile[] | undefined {
  using database = holder.open();
  return database?.map((header) => {
    const content = packageContent(header);
    const label = formatNevra(nevraOf(header));
    if (content === undefined) {
      throw new RedpakError({
        code: "E_DATABASE",
        message: `Cannot read the RPM database "${database.path}": what it has about ${label} is damaged`,
      });
    }
    const states = header.numbers("FILESTATES");
    return content.files.flatMap((file, index): InstalledFile[] => {
      if (states[index] !== RPMFILE_STATE.NORMAL || (file.flags & RPMFILE.GHOST) !== 0) return [];
      const isConfiguration = (file.flags & RPMFILE.CONFIG) !== 0;
      return [{ ...file, package: label, digestAlgorithm: content.digestAlgorithm, isConfiguration }];
    });
  }).flat();
}
