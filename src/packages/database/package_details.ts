import type { Header } from "../../../ffi/librpm/header.ts";
import { type InstalledPackage, installedPackage } from "./installed_package.ts";

/** Everything that is of interest about a package; texts are empty where it has none. */
export interface PackageDetails extends InstalledPackage {
  readonly description: string;
  readonly url: string;
  readonly license: string;
  readonly vendor: string;
  /** The source package that it was built from. */
  readonly source: string;
  /** Seconds since 1970. */
  readonly builtAt: number;
  readonly requires: readonly string[];
  readonly provides: readonly string[];
  readonly conflicts: readonly string[];
  readonly obsoletes: readonly string[];
  readonly recommends: readonly string[];
  readonly files: readonly string[];
}

export function packageDetails(header: Header): PackageDetails {
  return {
    ...installedPackage(header),
    description: header.text("DESCRIPTION"),
    url: header.text("URL"),
    license: header.text("LICENSE"),
    vendor: header.text("VENDOR"),
    source: header.text("SOURCERPM"),
    builtAt: header.number("BUILDTIME"),
    // What rpm itself has to be able to do says nothing about the package.
    requires: header.texts("REQUIRENEVRS").filter((text) => !text.startsWith("rpmlib(")),
    provides: header.texts("PROVIDENEVRS"),
    conflicts: header.texts("CONFLICTNEVRS"),
    obsoletes: header.texts("OBSOLETENEVRS"),
    recommends: header.texts("RECOMMENDNEVRS"),
    files: header.texts("FILENAMES"),
  };
}
