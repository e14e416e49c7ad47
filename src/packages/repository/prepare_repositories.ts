import { type Problem, RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import type { LoadedFamily } from "../../store/load_family.ts";
import type { Trust } from "../../store/trust.ts";
import type { Progress } from "../download/fetch_file.ts";
import { inParallel } from "../download/in_parallel.ts";
import { cachedRepository } from "./cached_repository.ts";
import type { PackageStore } from "./package_store.ts";
import type { ReadyRepository } from "./ready_repository.ts";
import type { Repository } from "./repository.ts";
import { keysOf } from "./repository_keys.ts";

/** Repositories that are asked at the same time. */
const PARALLEL = 4;

export interface PrepareOptions {
  readonly store: PackageStore;
  readonly family: LoadedFamily;
  readonly trust: Trust;
  /** When servers are asked: in any case, when what is known is older than `metadata_expire`, or not at all. */
  readonly ask: "always" | "expired" | "never";
  /** Accept states that are older than those known. */
  readonly allowDowngrade?: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly report?: ((progress: Progress) => void) | undefined;
}

export interface PreparedRepositories {
  readonly ready: readonly (ReadyRepository & { readonly changed: boolean })[];
  /** Repositories that are left out, as their files allow. */
  readonly warnings: readonly Problem[];
}

/**
 * Makes repositories ready for solving and installing; disabled ones are left out.
 *
 * @throws {RedpakError} as `refreshRepository`, `keysOf`; `E_REPO_NOT_CACHED` where nobody may be asked
 */
export async function prepareRepositories(
  repositories: readonly Repository[],
  options: PrepareOptions,
): Promise<PreparedRepositories> {
  const enabled = repositories.filter((repository) => repository.enabled);
  const warnings: Problem[] = [];
  const ready = await inParallel(enabled, PARALLEL, async (repository, signal) => {
    try {
      return await prepare(repository, options, signal);
    } catch (error) {
      if (!repository.skipIfUnavailable || !(error instanceof RedpakError) || error.code !== "E_DOWNLOAD") throw error;
      const message = `Repository ${quote(repository.id)} is left out: ${error.message}`;
      warnings.push({ code: "W_REPO_SKIPPED", message, where: repository.where, hints: error.hints });
    }
  });
  return { ready: ready.filter((each) => each !== undefined), warnings };
}

async function prepare(repository: Repository, options: PrepareOptions, signal: AbortSignal) {
  const { family, trust, now, ask } = options;
  const keys = repository.gpgcheck || repository.repoGpgcheck ? keysOf(repository, family, trust) : [];
  if (ask !== "always") {
    const known = await cachedRepository(repository, { ...options, keys });
    const fresh = known !== undefined && now - known.checkedAt < repository.metadataExpire * 1000;
    if (known !== undefined && (fresh || ask === "never")) return { ...known, changed: false };
  }
  if (ask === "never") {
    throw new RedpakError({
      code: "E_REPO_NOT_CACHED",
      exit: EXIT.failed,
      message: `Cannot use repository ${quote(repository.id)}: its metadata is not there, and nobody may be asked`,
      where: repository.where,
      hints: [`redpak repo refresh ${family[0].path} ${repository.id}`],
    });
  }
  // Nobody is asked where everything is known, which is nearly always.
  const [{ refreshRepository }, { RepositoryTransport }] = await Promise.all([
    import("./refresh.ts"),
    import("./repository_transport.ts"),
  ]);
  using transport = new RepositoryTransport(repository, trust);
  const { ready, changed } = await refreshRepository(repository, { ...options, keys, transport, signal });
  return { ...ready, changed };
}
