import type { Pool } from "../../../ffi/libsolv/pool.ts";
import type { Repository } from "../../../ffi/libsolv/repository.ts";
import { SolvError } from "../../../ffi/libsolv/solv_error.ts";
import { SystemCallError } from "../../../ffi/libc/system_call_error.ts";
import { RedpakError } from "../../core/error.ts";
import { quote } from "../../core/quote.ts";
import { saveCache } from "./save_cache.ts";
import type { AvailableSource, MetadataFile } from "./sources.ts";

/**
 * Adds a repository to a pool, from the cache where there is one, and makes the cache where there is none.
 *
 * @throws {RedpakError} `E_METADATA`
 */
export function loadPrimary(pool: Pool, { id, primary }: AvailableSource): Repository {
  const cached = fromCache(primary, (path) => {
    const repository = pool.createRepository(id);
    try {
      repository.addSolvPrimary(path);
      return repository;
    } catch (error) {
      repository[Symbol.dispose]();
      throw error;
    }
  });
  if (cached !== undefined) return cached;
  const repository = pool.createRepository(id);
  attempt(id, primary, () => repository.addPrimary(primary.path));
  if (primary.cache !== undefined) saveCache(primary.cache, () => repository.primaryToSolv());
  return repository;
}

/** As `loadPrimary`, for the files of its packages. */
export function loadFilelists(repository: Repository, id: string, file: MetadataFile): void {
  const cached = fromCache(file, (path) => {
    repository.addSolvFilelists(path);
    return true;
  });
  if (cached === true) return;
  attempt(id, file, () => repository.addFilelists(file.path));
  if (file.cache !== undefined) saveCache(file.cache, () => repository.filelistsToSolv());
}

/** Undefined where there is no cache, or one that libsolv cannot read: of another version, or damaged. */
function fromCache<T>({ cache }: MetadataFile, read: (path: string) => T): T | undefined {
  if (cache === undefined) return undefined;
  try {
    return read(cache);
  } catch (error) {
    if (error instanceof SolvError || error instanceof SystemCallError) return undefined;
    throw error;
  }
}

function attempt(id: string, { path }: MetadataFile, add: () => void): void {
  try {
    add();
  } catch (error) {
    if (!(error instanceof SolvError || error instanceof SystemCallError)) throw error;
    throw new RedpakError({
      code: "E_METADATA",
      message: `Cannot read the metadata of repository ${quote(id)}: ${path}: ${error.message}`,
      hints: ["redpak repo refresh gets it again"],
      cause: error,
    });
  }
}

/** What to report for a file that was named as a package. */
export function packageFileError(path: string, error: unknown): unknown {
  if (!(error instanceof SolvError)) return error;
  // The reason begins with the path.
  const reason = error.message.startsWith(`${path}: `) ? error.message.slice(path.length + 2) : error.message;
  return new RedpakError({
    code: "E_PACKAGE_FILE",
    message: `Cannot read the package ${quote(path)}: ${reason || "it is no RPM package"}`,
    cause: error,
  });
}
