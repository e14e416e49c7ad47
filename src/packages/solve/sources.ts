import type { Repository } from "../../../ffi/libsolv/repository.ts";
import type { Holder } from "../database/holders.ts";

/** Packages that are installed somewhere. */
export interface InstalledSource {
  /** The directory of the node; `/` for the host. */
  readonly node: string;
  readonly alias: string;
  readonly addTo: (repository: Repository) => void;
}

/** The packages of a holder, read from its database. */
export function installedSource(holder: Holder, alias: string): InstalledSource {
  return {
    node: holder.node,
    alias,
    addTo(repository) {
      using database = holder.open();
      if (database === undefined) return;
      repository.addHeaders((add) => database.map(add));
    },
  };
}

/** A file of metadata that has been verified. */
export interface MetadataFile {
  /** Its name tells by its ending how it is compressed. */
  readonly path: string;
  /** Where libsolv's own form of it is, or is to be; the name says which content it belongs to. */
  readonly cache?: string | undefined;
}

/** A repository that packages can be installed from. */
export interface AvailableSource {
  readonly id: string;
  /** The lowest wins: a package is not taken from a repository while a better one has any of its name. */
  readonly priority: number;
  /** Between equal versions the cheapest wins. */
  readonly cost: number;
  readonly primary: MetadataFile;
  /** Asked for only where the files of `primary` are not enough. */
  readonly filelists?: (() => Promise<MetadataFile | undefined>) | undefined;
  /** Patterns of names, `name-version-release.arch` and what is between: nothing else is taken, where there are any. */
  readonly includes: readonly string[];
  /** Patterns of what is not taken. */
  readonly excludes: readonly string[];
}
