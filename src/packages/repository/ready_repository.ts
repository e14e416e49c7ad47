import type { FileCache } from "../download/file_cache.ts";
import { MirrorOrder } from "../download/mirror_order.ts";
import type { Checksum } from "./checksum.ts";
import type { MetadataRecord, Repomd } from "./repomd.ts";
import type { NodeKey } from "./repository_keys.ts";
import type { RepositoryState } from "./repository_state.ts";
import type { Repository } from "./repository.ts";

/**
 * A file of metadata in the cache, checked when it came: it is what repomd.xml says, packed and unpacked. Who reads it calls
 * `verifiedPath` before.
 */
export interface ReadyMetadata {
  /** The ending says how it is packed. */
  readonly path: string;
  readonly checksum: Checksum;
  readonly ending: string;
  /** Bytes that it unpacks to, where repomd.xml says so. */
  readonly openSize: number | undefined;
}

/** A repository whose metadata can be read, and whose packages can be downloaded. */
export interface ReadyRepository {
  readonly repository: Repository;
  /** Of repomd.xml, and with that of everything: what is derived from the metadata can be kept under this name. */
  readonly key: string;
  readonly primary: ReadyMetadata;
  readonly filelists: ReadyMetadata | undefined;
  /** When a server was last asked, milliseconds since 1970. */
  readonly checkedAt: number;
  readonly mirrors: MirrorOrder;
  /** The keys that its packages may be signed with, where they have to be. */
  readonly keys: readonly NodeKey[];
}

/** What a file of metadata is called in the cache, behind its checksum. */
export function endingOf({ location }: Pick<MetadataRecord, "location">): string {
  const name = location.slice(location.lastIndexOf("/") + 1);
  return /(?:\.xml)?\.[a-z0-9]+$/.exec(name)?.[0] ?? "";
}

/**
 * The path of a file of metadata, after one more look at its content.
 *
 * @returns `undefined` where it has been changed or removed since it was downloaded: the repository has to be refreshed
 */
export function verifiedPath(cache: FileCache, { checksum, ending, path }: ReadyMetadata): string | undefined {
  using file = cache.find(checksum, ending);
  return file === undefined ? undefined : path;
}

export function readyRepository(
  repository: Repository,
  repomd: Repomd,
  state: RepositoryState,
  cache: FileCache,
  keys: readonly NodeKey[],
): ReadyRepository {
  const ready = (record: MetadataRecord): ReadyMetadata => ({
    path: cache.pathOf(record.checksum, endingOf(record)),
    checksum: record.checksum,
    ending: endingOf(record),
    openSize: record.openSize,
  });
  return {
    repository,
    key: state.repomd.hex,
    primary: ready(repomd.primary),
    filelists: repomd.filelists && ready(repomd.filelists),
    checkedAt: state.checkedAt,
    mirrors: new MirrorOrder(state.mirrors),
    keys,
  };
}
