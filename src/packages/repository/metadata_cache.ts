import type { Kernel } from "../../../ffi/libc/system_calls.ts";
import { RedpakError } from "../../core/error.ts";
import { quote } from "../../core/quote.ts";
import { removeQuietly } from "../../store/durable.ts";
import { STATE_DIRECTORY } from "../../store/node_files.ts";
import { openOwnChild, openOwnDirectory } from "../download/own_directory.ts";
import type { FileCache } from "../download/file_cache.ts";
import type { AvailableSource, MetadataFile } from "../solve/sources.ts";
import { type ReadyMetadata, type ReadyRepository, verifiedPath } from "./ready_repository.ts";
import { repositoryName } from "./repository_state.ts";

const METADATA = "metadata";

const UNWRITABLE = ["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT"];

/**
 * Where libsolv's own form of metadata is kept. It is read as it is, so it lies in redpak's own directory of the node,
 * which no node can see; packages and the metadata's XML, which are checked when they are used, lie elsewhere.
 */
export class MetadataCache {
  private constructor(private readonly path: string) {}

  /**
   * @param node the node that keeps the cache
   * @param create whether it may be made
   * @returns `undefined` where there is none: everything works without it, only slower
   * @throws {RedpakError} `E_NOT_TRUSTED` where others could have written it
   */
  static open(kernel: Kernel, node: string, create: boolean): MetadataCache | undefined {
    const state = `${node}/${STATE_DIRECTORY}`;
    if (!create && !isDirectory(`${state}/${METADATA}`)) return undefined;
    try {
      using parent = openOwnDirectory(kernel, state);
      openOwnChild(parent, METADATA, state)[Symbol.dispose]();
    } catch (error) {
      // An ordinary user of somebody else's node, a read-only or full device.
      if (error instanceof RedpakError && UNWRITABLE.includes(error.errno ?? "")) return undefined;
      throw error;
    }
    return new MetadataCache(`${state}/${METADATA}`);
  }

  /** The name that libsolv's form of a file of metadata has. */
  pathOf(repository: string, { checksum }: ReadyMetadata, ending: ".solv" | ".solvx"): string {
    return `${this.path}/${repository}-${checksum.hex}${ending}`;
  }

  /** Removes what belongs to former states of repositories. */
  async clean(ready: readonly ReadyRepository[]): Promise<void> {
    const names = [...Deno.readDirSync(this.path)].map(({ name }) => name);
    for (const { repository, primary, filelists } of ready) {
      const prefix = `${await repositoryName(repository)}-`;
      const current = [primary, filelists].flatMap((file) => file === undefined ? [] : [file.checksum.hex]);
      for (const name of names) {
        if (!name.startsWith(prefix)) continue;
        if (current.some((hex) => name.startsWith(prefix + hex))) continue;
        removeQuietly(`${this.path}/${name}`);
      }
    }
  }
}

/** What the solver needs of a repository. */
export async function availableSource(
  { repository, primary, filelists }: ReadyRepository,
  files: FileCache,
  caches: MetadataCache | undefined,
): Promise<AvailableSource> {
  const name = await repositoryName(repository);
  const metadata = (file: ReadyMetadata, ending: ".solv" | ".solvx"): MetadataFile => ({
    // Looked at only where it is read: libsolv's form of it may be there.
    get path() {
      return verifiedPath(files, file) ?? refuse(repository.id, file);
    },
    cache: caches?.pathOf(name, file, ending),
  });
  return {
    id: repository.id,
    priority: repository.priority,
    cost: repository.cost,
    primary: metadata(primary, ".solv"),
    filelists: filelists && (() => Promise.resolve(metadata(filelists, ".solvx"))),
    includes: repository.includes,
    excludes: repository.excludes,
  };
}

function refuse(id: string, { path }: ReadyMetadata): never {
  throw new RedpakError({
    code: "E_METADATA",
    message: `Cannot read the metadata of repository ${quote(id)}: ${path} has been changed since it was downloaded`,
    hints: ["redpak repo refresh gets it again"],
  });
}

function isDirectory(path: string): boolean {
  try {
    return Deno.lstatSync(path).isDirectory;
  } catch {
    return false;
  }
}
