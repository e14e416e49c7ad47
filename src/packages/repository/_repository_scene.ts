import { libc } from "../../../ffi/libc/libc.ts";
import { rangeOf, serve, type TestServer } from "../download/_server.ts";
import type { Progress } from "../download/fetch_file.ts";
import { FileCache } from "../download/file_cache.ts";
import { ScratchFamily } from "./_scratch_family.ts";
import type { Bytes } from "./_repodata.ts";
import type { PackageStore } from "./package_store.ts";
import type { ReadyRepository } from "./ready_repository.ts";
import { type RefreshOptions, refreshRepository } from "./refresh.ts";
import type { Repository } from "./repository.ts";
import { StateDirectory } from "./repository_state.ts";
import { RepositoryTransport } from "./repository_transport.ts";

/** A node with one repository, and a store. */
export class RepositoryScene implements Disposable {
  readonly progress: Progress[] = [];
  readonly store: PackageStore;
  now = Date.UTC(2026, 0, 1);

  private constructor(readonly family: ScratchFamily, readonly repository: Repository) {
    const cache = FileCache.open(libc(), `${family.path}/cache`);
    const state = StateDirectory.open(libc(), `${family.path}/state`);
    this.store = {
      keeper: family.path,
      cache,
      state,
      [Symbol.dispose]() {
        cache[Symbol.dispose]();
        state[Symbol.dispose]();
      },
    };
  }

  /** @param lines of the `.repo` file, behind `[r]` */
  static async make(...lines: readonly string[]): Promise<RepositoryScene> {
    const text = ["[r]", "retries=0", "timeout=5", ...lines, ""].join("\n");
    const family = new ScratchFamily({ n: { "etc/yum.repos.d/r.repo": text } });
    return new RepositoryScene(family, (await family.repositories("n")).repositories[0]!);
  }

  /** @param repository another one with the same identifier, in the place of its own */
  async refresh(
    options: Partial<RefreshOptions> = {},
    repository: Repository = this.repository,
  ): Promise<{ readonly ready: ReadyRepository; readonly changed: boolean }> {
    using transport = new RepositoryTransport(repository, { uids: [0], otherwise: "" });
    return await refreshRepository(repository, {
      store: this.store,
      transport,
      keys: [],
      now: this.now,
      signal: new AbortController().signal,
      report: (progress) => void this.progress.push(progress),
      pause: 1,
      ...options,
    });
  }

  /** Paths of all files in the scene but those of the node, with the digests in their names cut. */
  files(): string[] {
    const found: string[] = [];
    const walk = (directory: string) => {
      for (const { name, isDirectory } of Deno.readDirSync(`${this.family.path}/${directory}`)) {
        if (isDirectory) walk(`${directory}/${name}`);
        else found.push(`${directory}/${name}`.replace(/(sha256-\w{4})\w+/, "$1…").replace(/-\w{16}\.json/, ".json"));
      }
    };
    walk("cache");
    walk("state");
    return found.sort();
  }

  [Symbol.dispose](): void {
    this.store[Symbol.dispose]();
    this.family[Symbol.dispose]();
  }
}

/** A server of files that can be exchanged. */
export function serveFiles(files: ReadonlyMap<string, Bytes>): TestServer & { files: ReadonlyMap<string, Bytes> } {
  const served = { files };
  const server = serve((request) => {
    const file = served.files.get(new URL(request.url).pathname.slice(1));
    if (file === undefined) return new Response("no such file", { status: 404 });
    return rangeOf(file, request.headers.get("range"));
  });
  return Object.assign(served, server);
}
