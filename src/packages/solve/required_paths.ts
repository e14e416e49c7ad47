import type { Dependency, Pool } from "../../../ffi/libsolv/pool.ts";
import type { PackageTags } from "../../../ffi/librpm/header.ts";

/**
 * Finds which packages have the files that packages require by their paths. libsolv does that as well, but compares each file
 * in a directory with each of those paths, and looks for each directory among all those beside it.
 */
export class RequiredPaths {
  /** By directory, with the slash at its end, and name; the same file can be written in several ways. */
  readonly #directories = new Map<string, Map<string, Dependency[]>>();

  /** @param paths as `Pool.prepare` has them */
  constructor(pool: Pool, paths: readonly Dependency[]) {
    for (const path of paths) {
      const text = withSingleSlashes(pool.dependencyText(path));
      const cut = text.lastIndexOf("/") + 1;
      const directory = text.slice(0, cut);
      const names = this.#directories.getOrInsertComputed(directory, () => new Map());
      names.getOrInsertComputed(text.slice(cut), () => []).push(path);
    }
  }

  /** Those that a package has, be it that they are not on the disk. */
  of(header: PackageTags): Dependency[] {
    const wanted = header.texts("DIRNAMES").map((directory) => this.#directories.get(withSingleSlashes(directory)));
    if (wanted.every((names) => names === undefined)) return [];
    const directories = header.numbers("DIRINDEXES");
    return header.texts("BASENAMES").flatMap((name, index) => wanted[directories[index]!]?.get(name) ?? []);
  }
}

function withSingleSlashes(path: string): string {
  return path.includes("//") ? path.replaceAll(/\/+/g, "/") : path;
}
