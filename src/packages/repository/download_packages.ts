import { RedpakError } from "../../core/error.ts";
import { quote } from "../../core/quote.ts";
import type { Trust } from "../../store/trust.ts";
import { fetchFile, type Progress } from "../download/fetch_file.ts";
import { inParallel } from "../download/in_parallel.ts";
import { readChecksum } from "./checksum.ts";
import { locationProblem } from "./location.ts";
import type { PackageStore } from "./package_store.ts";
import type { ReadyRepository } from "./ready_repository.ts";
import { RepositoryTransport } from "./repository_transport.ts";

/** A package of a repository, as its metadata announces it. */
export interface WantedPackage {
  readonly repository: ReadyRepository;
  /** What people call it. */
  readonly label: string;
  readonly location: string;
  readonly checksum: { readonly algorithm: string; readonly hex: string };
  /** Bytes of the file, where it is said. */
  readonly size: number | undefined;
}

/** Packages that are downloaded at the same time. */
const PARALLEL = 4;

/** Bytes of the largest package that is taken. */
const PACKAGE_LIMIT = 8 * 1024 ** 3;

/**
 * Brings packages into the cache: each is what the metadata says, to the byte. Whether it is signed is for whoever opens it.
 *
 * @returns their paths, in the same order
 * @throws {RedpakError} `E_DOWNLOAD`; `E_METADATA` where a location or checksum cannot be used
 */
export async function downloadPackages(
  packages: readonly WantedPackage[],
  { store, trust, report }: {
    readonly store: PackageStore;
    readonly trust: Trust;
    readonly report?: (progress: Progress) => void;
  },
): Promise<string[]> {
  const files = packages.map((wanted) => ({ ...wanted, checksum: check(wanted) }));
  const transports = new Map(
    packages.map(({ repository: { repository } }) => [repository.id, new RepositoryTransport(repository, trust)]),
  );
  try {
    return await inParallel(files, PARALLEL, async (wanted, signal) => {
      const { repository, mirrors } = wanted.repository;
      await fetchFile({ ...wanted, mirrors, limit: PACKAGE_LIMIT, ending: ENDING, isDurable: false }, {
        cache: store.cache,
        transport: transports.get(repository.id)!,
        pace: repository.transfer,
        retries: repository.transfer.retries,
        signal,
        report,
      });
      return store.cache.pathOf(wanted.checksum, ENDING);
    });
  } finally {
    for (const transport of transports.values()) transport[Symbol.dispose]();
  }
}

const ENDING = ".rpm";

function check({ repository, label, location, checksum, size }: WantedPackage) {
  const refuse = (reason: string) =>
    new RedpakError({
      code: "E_METADATA",
      message: `Cannot download ${quote(label)} of repository ${quote(repository.repository.id)}: ${reason}`,
    });
  const problem = locationProblem(location);
  if (problem !== undefined) throw refuse(`its location ${quote(location)} ${problem}`);
  if ((size ?? 0) > PACKAGE_LIMIT) throw refuse(`${size} bytes are too much`);
  const sum = readChecksum(checksum.algorithm, checksum.hex);
  if (typeof sum === "string") throw refuse(sum);
  return sum;
}
