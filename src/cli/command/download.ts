import { RedpakError } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { baseName, resolvePath } from "../../core/path.ts";
import { quote } from "../../core/quote.ts";
import type { FileCache } from "../../packages/download/file_cache.ts";
import { readChecksum } from "../../packages/repository/checksum.ts";
import { findDownloads } from "../../packages/solve/find_available.ts";
import type { Origin } from "../../packages/solve/resolution.ts";
import { removeQuietly, syncDirectory, temporaryPath } from "../../store/durable.ts";
import { ioError } from "../../store/io_error.ts";
import { type Fetchable, fetchPackages } from "../fetch_packages.ts";
import type { Invocation, Output } from "../invocation.ts";
import { nodeRepositories } from "../node_repositories.ts";
import { nodeWorld } from "../node_world.ts";
import { downloadReporter } from "../progress.ts";

/** `redpak download`: they are what the repository's metadata says; who has signed them is looked at by who installs them. */
export async function download(invocation: Invocation<"download">): Promise<Output> {
  const { operands, flags, globals } = invocation;
  const repositories = await nodeRepositories(invocation);
  using prepared = await nodeWorld(repositories, globals);
  const packages = await findDownloads(prepared.world, operands.slice(1));
  const directory = resolvePath(Deno.cwd(), flags.destdir ?? ".");
  const named = packages.map((one) => ({ ...one, file: `${directory}/${fileName(one)}` }));
  await fetchPackages(packages, prepared, { trust: repositories.trust, report: downloadReporter(globals) });
  for (const { file, origin } of named) copy(prepared.store!.cache, origin, file);
  return {
    kind: "Downloads",
    data: {
      node: repositories.node,
      packages: named.map(({ package: nevra, origin, file }) => ({ ...nevra, repository: origin.repository!, file })),
    },
    text: () => named.map(({ file }) => escapeText(file)).join("\n"),
    warnings: prepared.warnings,
  };
}

function fileName({ origin: { location, repository = "" } }: Fetchable): string {
  const name = baseName(location);
  if (/^[\p{L}\p{N}][\p{L}\p{N}.+~^_%-]*\.rpm$/u.test(name)) return name;
  throw new RedpakError({
    code: "E_METADATA",
    message: `Cannot download ${quote(location)} of repository ${quote(repository)}: that is no name for a package`,
  });
}

/** Puts it in place in one step. */
function copy(cache: FileCache, { checksum }: Origin, path: string): void {
  const directory = path.slice(0, path.lastIndexOf("/")) || "/";
  const temporary = temporaryPath(directory, "download");
  try {
    {
      using file = Deno.openSync(temporary, { write: true, createNew: true, mode: 0o644 });
      const sum = readChecksum(checksum?.type ?? "", checksum?.value ?? "");
      const isThere = typeof sum !== "string" && cache.copy(sum, ".rpm", (chunk) => {
        for (let written = 0; written < chunk.length;) written += file.writeSync(chunk.subarray(written));
      });
      if (!isThere) throw new Error(`${path} is gone from the cache`);
      file.syncSync();
    }
    Deno.renameSync(temporary, path);
    syncDirectory(directory);
  } catch (error) {
    removeQuietly(temporary);
    throw ioError("write", path, error);
  }
}
