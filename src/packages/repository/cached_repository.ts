import { verifySignature } from "../../../ffi/librpm/openpgp.ts";
import { RpmError } from "../../../ffi/librpm/rpm_error.ts";
import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import type { PackageStore } from "./package_store.ts";
import { endingOf, type ReadyRepository, readyRepository } from "./ready_repository.ts";
import { type MetadataRecord, readRepomd, type Repomd, REPOMD_LIMIT } from "./repomd.ts";
import type { NodeKey } from "./repository_keys.ts";
import type { Repository } from "./repository.ts";

export const REPOMD = "repodata/repomd.xml";
export const SIGNATURE = `${REPOMD}.asc`;
export const SIGNATURE_LIMIT = 64 * 1024;

export interface CacheOptions {
  readonly store: PackageStore;
  /** The keys of the repository. */
  readonly keys: readonly NodeKey[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * What is known of a repository from before, without asking anybody.
 *
 * @returns `undefined` where the cache does not have all of it
 * @throws {RedpakError} `E_REPO_SIGNATURE` where the key that signed it counts no longer
 */
export async function cachedRepository(
  repository: Repository,
  options: CacheOptions,
): Promise<ReadyRepository | undefined> {
  const { cache } = options.store;
  const state = await options.store.state.read(repository);
  const bytes = state && cache.read(state.repomd, ".xml", REPOMD_LIMIT);
  if (state === undefined || bytes === undefined) return undefined;
  if (repository.repoGpgcheck) {
    const signature = state.signature && cache.read(state.signature, ".asc", SIGNATURE_LIMIT);
    if (signature === undefined) return undefined;
    refuseUnsigned(repository, bytes, signature, options.keys, Math.max(options.now, state.age.timestamp * 1000));
  }
  const repomd = readRepomd(bytes, `${repository.id}/${REPOMD}`);
  for (const record of recordsOf(repomd)) {
    if (!cache.has(record.checksum, endingOf(record))) return undefined;
  }
  return readyRepository(repository, repomd, state, cache, options.keys);
}

/** What is read of a repository. */
export function recordsOf({ primary, filelists }: Repomd): MetadataRecord[] {
  return filelists === undefined ? [primary] : [primary, filelists];
}

/**
 * @param now milliseconds since 1970; a clock that is set back makes no key valid again
 * @throws {RedpakError} `E_REPO_SIGNATURE`
 */
export function refuseUnsigned(
  { id, node }: Repository,
  repomd: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  keys: readonly NodeKey[],
  now: number,
): void {
  try {
    verifySignature(repomd, new TextDecoder().decode(signature), keys, now / 1000);
  } catch (error) {
    if (!(error instanceof RpmError)) throw error;
    throw new RedpakError({
      code: "E_REPO_SIGNATURE",
      exit: EXIT.failed,
      message: `Cannot believe the metadata of repository ${quote(id)}: its signature does not count: ${error.message}`,
      hints: [`redpak keys list ${node} shows the keys that do`],
      cause: error,
    });
  }
}
