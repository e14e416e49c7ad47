import { libc } from "../../ffi/libc/libc.ts";
import { type Problem, RedpakError } from "../core/error.ts";
import { availableSource, MetadataCache } from "../packages/repository/metadata_cache.ts";
import { findPackageStore, openPackageStore, type PackageStore } from "../packages/repository/package_store.ts";
import { prepareRepositories } from "../packages/repository/prepare_repositories.ts";
import type { ReadyRepository } from "../packages/repository/ready_repository.ts";
import type { World } from "../packages/solve/resolve.ts";
import type { AvailableSource } from "../packages/solve/sources.ts";
import type { Globals } from "./globals.ts";
import type { NodeRepositories } from "./node_repositories.ts";
import { packageFamilyOf } from "./package_family.ts";
import { downloadReporter } from "./progress.ts";
import type { TrustedNode } from "./trusted_node.ts";

/** What can be installed in a node, and where it comes from. */
export interface NodeWorld extends Disposable {
  readonly world: World;
  readonly ready: readonly ReadyRepository[];
  /** `undefined` where nothing may be made and there is none. */
  readonly store: PackageStore | undefined;
  readonly warnings: readonly Problem[];
}

/**
 * Reads everything that the solver needs to know about a node. Servers are asked where what is known of a repository has
 * expired.
 *
 * @param look nothing is made, and nobody asked
 * @throws {RedpakError} as `prepareRepositories`
 */
export async function nodeWorld(
  repositories: NodeRepositories,
  globals: Globals,
  look = false,
): Promise<NodeWorld> {
  const { family, facts, trust } = repositories;
  using opened = new DisposableStack();
  const store = (look ? findPackageStore : openPackageStore)(libc(), family, facts);
  if (store !== undefined) opened.use(store);
  const { ready, warnings } = store === undefined
    ? { ready: refuseUncached(repositories), warnings: [] }
    : await prepareRepositories(repositories.repositories, {
      store,
      family,
      trust,
      ask: look ? "never" : "expired",
      now: Date.now(),
      report: downloadReporter(globals),
    });
  const available = store === undefined ? [] : await sourcesOf(ready, store, look);
  const { world } = await installedWorld(repositories);
  const kept = opened.move();
  return {
    world: { ...world, available },
    ready,
    store,
    warnings: [...repositories.warnings, ...warnings],
    [Symbol.dispose]: () => kept[Symbol.dispose](),
  };
}

/** What can be removed from a node: what is installed counts, and nothing else. */
export async function installedWorld({ family, facts }: TrustedNode): Promise<NodeWorld> {
  const { installed, descendants } = await packageFamilyOf(family);
  const world = { arch: facts.architecture, family: installed, descendants, available: [] };
  return { world, ready: [], store: undefined, warnings: [], [Symbol.dispose]: () => {} };
}

/**
 * What the solver reads of repositories.
 *
 * @param look nothing is made
 */
export async function sourcesOf(
  ready: readonly ReadyRepository[],
  store: PackageStore,
  look: boolean,
): Promise<AvailableSource[]> {
  const caches = MetadataCache.open(libc(), store.keeper, !look);
  if (!look) await caches?.clean(ready);
  return await Promise.all(ready.map((repository) => availableSource(repository, store.cache, caches)));
}

/** Nothing has been downloaded yet: that is as good as an answer where there is nothing to be asked for. */
function refuseUncached({ repositories, node }: NodeRepositories): ReadyRepository[] {
  const [first] = repositories.filter(({ enabled }) => enabled);
  if (first === undefined) return [];
  throw new RedpakError({
    code: "E_REPO_NOT_CACHED",
    message: `Cannot use repository "${first.id}": its metadata is not there, and nobody may be asked`,
    where: first.where,
    hints: [`redpak repo refresh ${node}`],
  });
}
