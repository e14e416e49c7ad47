import { libc } from "../../../ffi/libc/libc.ts";
import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import { fetchBytes } from "../download/fetch_bytes.ts";
import { fetchFile, type Progress } from "../download/fetch_file.ts";
import type { FileCache } from "../download/file_cache.ts";
import { MirrorOrder } from "../download/mirror_order.ts";
import type { Asking } from "../download/transfer.ts";
import { TransferError } from "../download/transfer_error.ts";
import type { Transport } from "../download/transport.ts";
import { tryMirrors } from "../download/try_mirrors.ts";
import {
  type CacheOptions,
  recordsOf,
  refuseUnsigned,
  REPOMD,
  SIGNATURE,
  SIGNATURE_LIMIT,
} from "./cached_repository.ts";
import { checkMetadata, PACKED_LIMIT } from "./check_metadata.ts";
import type { Checksum } from "./checksum.ts";
import { addressOf } from "./location.ts";
import { MIRROR_LIST_LIMIT, type MirrorList, readMirrors } from "./mirrors.ts";
import { endingOf, type ReadyRepository, readyRepository } from "./ready_repository.ts";
import { type MetadataRecord, readRepomd, type Repomd, REPOMD_LIMIT } from "./repomd.ts";
import { isOlder, type RepositoryState } from "./repository_state.ts";
import type { Repository } from "./repository.ts";

export interface RefreshOptions extends CacheOptions {
  readonly transport: Transport;
  /** Accept a state that is older than one that was accepted before. */
  readonly allowDowngrade?: boolean;
  readonly signal: AbortSignal;
  readonly report?: ((progress: Progress) => void) | undefined;
  /** As `TrialOptions.pause`. */
  readonly pause?: number | undefined;
}

/** A state of the repository that a mirror has, as far as repomd.xml says. */
interface Announced {
  readonly repomd: Repomd;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer> | undefined;
}

/**
 * Asks the mirrors of a repository for its state, checks it, and brings its metadata into the cache. Nothing of it counts
 * before all of it is there: what fails on the way leaves the repository as it was.
 *
 * @throws {RedpakError} `E_DOWNLOAD`, `E_XML…`, `E_REPOMD`, `E_METADATA`, `E_REPO_SIGNATURE`, `E_REPO_OLDER`,
 * `E_MIRRORS`
 */
export async function refreshRepository(
  repository: Repository,
  options: RefreshOptions,
): Promise<{ readonly ready: ReadyRepository; readonly changed: boolean }> {
  const { store, now } = options;
  const before = await store.state.read(repository);
  const asking: Asking = { transport: options.transport, pace: repository.transfer, signal: options.signal };
  const list = await findMirrors(repository, asking);
  const mirrors = new MirrorOrder([...repository.baseUrls, ...list.mirrors]);
  const label = `${repository.id} repomd.xml`;
  const { repomd, bytes, signature } = await tryMirrors(label, mirrors, {
    ...options,
    retries: repository.transfer.retries,
    onFailure: (error) => options.report?.({ label, received: 0, size: undefined, state: "failed", error }),
    // A mirror may be behind, or damaged.
    elsewhere: () => true,
  }, (base) => announced(repository, base, list, before, asking, options));
  for (const record of recordsOf(repomd)) await fetchRecord(repository, record, mirrors, options);
  const state: RepositoryState = {
    age: repomd.age,
    repomd: await store.cache.put(bytes, ".xml"),
    signature: signature && await store.cache.put(signature, ".asc"),
    checkedAt: now,
    mirrors: mirrors.bases,
  };
  await store.state.write(repository, state);
  const changed = before?.repomd.hex !== state.repomd.hex;
  if (changed && before !== undefined) forget(before, repomd, state, store.cache);
  return { ready: readyRepository(repository, repomd, state, store.cache, options.keys), changed };
}

async function findMirrors(repository: Repository, asking: Asking): Promise<MirrorList> {
  const { mirrorlist, metalink } = repository;
  const address = metalink ?? mirrorlist;
  if (address === undefined) return { mirrors: [] };
  return readMirrors(await fetchBytes(address, MIRROR_LIST_LIMIT, asking), address, metalink !== undefined);
}

/** Asks one mirror for the state of the repository, and looks at it before any of it is used. */
async function announced(
  repository: Repository,
  base: string,
  { states }: MirrorList,
  before: RepositoryState | undefined,
  asking: Asking,
  options: RefreshOptions,
): Promise<Announced> {
  const address = addressOf(base, REPOMD);
  const bytes = await fetchBytes(address, REPOMD_LIMIT, asking);
  if (states !== undefined) {
    const sums = await Promise.all([sumOf("sha256", bytes), sumOf("sha512", bytes)]);
    const known = states.some(({ checksum, size }) => {
      return size === bytes.length && sums.some(({ hex }) => hex === checksum.hex);
    });
    if (!known) throw new TransferError(address, "it is none that the metalink knows", false);
  }
  let signature: Uint8Array<ArrayBuffer> | undefined;
  if (repository.repoGpgcheck) {
    signature = await fetchBytes(addressOf(base, SIGNATURE), SIGNATURE_LIMIT, asking);
    refuseUnsigned(
      repository,
      bytes,
      signature,
      options.keys,
      Math.max(options.now, (before?.age.timestamp ?? 0) * 1000),
    );
  }
  const repomd = readRepomd(bytes, address);
  if (before !== undefined && options.allowDowngrade !== true && isOlder(repomd.age, before.age)) {
    throw new RedpakError({
      code: "E_REPO_OLDER",
      exit: EXIT.failed,
      message: `Cannot use "${address}": it is older than the state of repository ${
        quote(repository.id)
      } that is known`,
      hints: [
        "somebody may be keeping newer packages from you",
        `redpak repo refresh ${repository.node} ${repository.id} --allow-downgrade accepts it`,
      ],
    });
  }
  return { repomd, bytes, signature };
}

async function fetchRecord(
  { id, transfer }: Repository,
  record: MetadataRecord,
  mirrors: MirrorOrder,
  options: RefreshOptions,
): Promise<void> {
  if ((record.size ?? 0) > PACKED_LIMIT) {
    throw new RedpakError({
      code: "E_METADATA",
      message: `Cannot use the ${record.kind} metadata of repository ${quote(id)}: ${record.size} bytes are too much`,
    });
  }
  await fetchFile({
    label: `${id} ${record.kind}`,
    mirrors,
    location: record.location,
    checksum: record.checksum,
    size: record.size,
    limit: PACKED_LIMIT,
    ending: endingOf(record),
    isDurable: true,
    check: (file) => checkMetadata(libc(), file, record, id),
  }, {
    cache: options.store.cache,
    transport: options.transport,
    pace: transfer,
    retries: transfer.retries,
    signal: options.signal,
    report: options.report,
    pause: options.pause,
  });
}

/** Removes from the cache what the former state had and this one has not. */
function forget(before: RepositoryState, repomd: Repomd, state: RepositoryState, cache: FileCache): void {
  const kept = [...recordsOf(repomd).map(({ checksum }) => checksum.hex), state.repomd.hex, state.signature?.hex];
  const bytes = cache.read(before.repomd, ".xml", REPOMD_LIMIT);
  const records = bytes === undefined ? [] : recordsOf(readRepomd(bytes, REPOMD));
  const former: [Checksum, string][] = [
    ...records.map((record): [Checksum, string] => [record.checksum, endingOf(record)]),
    [before.repomd, ".xml"],
    ...before.signature === undefined ? [] : [[before.signature, ".asc"] as [Checksum, string]],
  ];
  for (const [checksum, ending] of former) if (!kept.includes(checksum.hex)) cache.remove(checksum, ending);
}

async function sumOf(algorithm: Checksum["algorithm"], bytes: Uint8Array<ArrayBuffer>): Promise<Checksum> {
  const name = algorithm === "sha256" ? "SHA-256" : "SHA-512";
  return { algorithm, hex: new Uint8Array(await crypto.subtle.digest(name, bytes)).toHex() };
}
