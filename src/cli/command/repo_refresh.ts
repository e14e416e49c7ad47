import { libc } from "../../../ffi/libc/libc.ts";
import { LibraryMissing, LibraryUnfit } from "../../../ffi/library_error.ts";
import { didYouMean } from "../../core/did_you_mean.ts";
import { RedpakError } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import { openPackageStore } from "../../packages/repository/package_store.ts";
import { prepareRepositories } from "../../packages/repository/prepare_repositories.ts";
import type { Repository } from "../../packages/repository/repository.ts";
import type { AvailableSource } from "../../packages/solve/sources.ts";
import type { Invocation, Output } from "../invocation.ts";
import { nodeRepositories } from "../node_repositories.ts";
import { sourcesOf } from "../node_world.ts";
import { downloadReporter } from "../progress.ts";

/** `redpak repo refresh`: asks the servers, whatever is known. */
export async function repoRefresh(invocation: Invocation<"repo refresh">): Promise<Output> {
  const { flags, operands, globals } = invocation;
  const { node, repositories, family, facts, trust, warnings } = await nodeRepositories(invocation);
  const wanted = choose(repositories, operands[1], node);
  using store = openPackageStore(libc(), family, facts);
  const prepared = await prepareRepositories(wanted, {
    store,
    family,
    trust,
    ask: "always",
    allowDowngrade: flags["allow-downgrade"],
    now: Date.now(),
    report: downloadReporter(globals),
  });
  await keepForSolver(await sourcesOf(prepared.ready, store, false), facts.architecture);
  const refreshed = prepared.ready.map(({ repository, changed, key, mirrors }) => {
    return { id: repository.id, changed, key, mirror: mirrors.bases[0] ?? null };
  });
  return {
    kind: "Refresh",
    data: { node, cache: store.cache.path, repositories: refreshed },
    text: () => {
      if (wanted.length === 0) return `no repository in ${escapeText(node)} is enabled`;
      return refreshed.map(({ id, changed }) => `${escapeText(id)}: ${changed ? "refreshed" : "unchanged"}`).join("\n");
    },
    warnings: [...warnings, ...prepared.warnings],
  };
}

/**
 * Has libsolv's own form of metadata made now: later it may be asked for by somebody who may not write it, and who would
 * read XML each time. A system without libsolv can refresh all the same.
 */
async function keepForSolver(sources: readonly AvailableSource[], architecture: string): Promise<void> {
  try {
    const { PackagePool } = await import("../../packages/solve/package_pool.ts");
    for (const source of sources) {
      using packages = new PackagePool(architecture);
      packages.addAvailable(source);
    }
  } catch (error) {
    if (!(error instanceof LibraryMissing || error instanceof LibraryUnfit)) throw error;
  }
}

/** All that are enabled, or one, which may be disabled. */
function choose(repositories: readonly Repository[], id: string | undefined, node: string): Repository[] {
  if (id === undefined) return repositories.filter(({ enabled }) => enabled);
  const found = repositories.find((repository) => repository.id === id);
  if (found !== undefined) return [{ ...found, enabled: true }];
  const meant = didYouMean(id, repositories.map((repository) => repository.id));
  throw new RedpakError({
    code: "E_REPO_NOT_FOUND",
    exit: EXIT.notFound,
    message: `Cannot refresh repository ${quote(id)}: ${quote(node)} has no such repository`,
    hints: [...meant === undefined ? [] : [`did you mean ${meant}?`], `redpak repo list ${node}`],
  });
}
