import { RedpakError } from "../core/error.ts";
import { isWithin } from "../core/path.ts";
import { holdersOf } from "../packages/database/holders.ts";
import { formatNevra } from "../packages/database/installed_package.ts";
import { PackagePool } from "../packages/solve/package_pool.ts";
import { installedSource } from "../packages/solve/sources.ts";
import { type InstalledFile, installedFiles } from "../packages/verification/installed_files.ts";
import type { Solvable } from "../../ffi/libsolv/pool.ts";

/** A node of an image: its directory on the device, and here. */
export interface PackageNode {
  readonly path: string;
  readonly directory: string;
}

/** A package and what it has brought. */
export interface InstalledContent {
  /** Its name, version, release and architecture. */
  readonly package: string;
  readonly files: readonly InstalledFile[];
}

/** What is installed in the nodes of an image. Each database is read once. */
export class ImagePackages implements Disposable {
  readonly pool: PackagePool;
  /** Why the databases of nodes cannot be read, by the nodes' paths. */
  readonly failures = new Map<string, RedpakError>();
  readonly #files = new Map<string, ReadonlyMap<string, readonly InstalledFile[]>>();
  readonly #own = new Map<string, readonly Solvable[]>();

  /**
   * @param nodes parents before their children
   * @param architecture as uname(2) names it
   * @throws {RedpakError} `E_LIBRARY…`
   */
  constructor(nodes: readonly PackageNode[], architecture: string) {
    this.pool = new PackagePool(architecture);
    const holders = holdersOf(nodes.map(({ directory }) => directory));
    const sources = nodes.map(({ path }, index) => {
      const source = installedSource(holders[index]!, path, (database) => {
        const files = new Map<string, InstalledFile[]>();
        this.#files.set(path, files);
        return (header) => {
          for (const file of installedFiles(header, database.path)) {
            const known = files.get(file.path);
            if (known === undefined) files.set(file.path, [file]);
            else known.push(file);
          }
        };
      });
      const addTo: typeof source.addTo = (repository) => {
        try {
          source.addTo(repository);
        } catch (error) {
          if (!(error instanceof RedpakError) || !error.code.startsWith("E_DATABASE")) throw error;
          this.failures.set(path, error);
          this.#files.delete(path);
        }
      };
      return { ...source, addTo };
    });
    this.pool.addInstalled(sources);
    this.pool.prepare();
    for (const { path, directory } of nodes) this.#own.set(path, this.pool.installedIn(directory));
  }

  /** The files that packages have put into a node, by their paths; undefined where it has no database. */
  filesOf(node: string): ReadonlyMap<string, readonly InstalledFile[]> | undefined {
    return this.#files.get(node);
  }

  /** The packages of a node with the files that they have put there; undefined where it has no database. */
  contentsOf(node: string): InstalledContent[] | undefined {
    const files = this.#files.get(node);
    if (files === undefined) return undefined;
    const byPackage = Map.groupBy([...files.values()].flat(), (file) => file.package);
    return this.installedIn(node).map((solvable) => {
      const label = formatNevra(this.pool.nevra(solvable));
      return { package: label, files: byPackage.get(label) ?? [] };
    });
  }

  /** The nodes that a node is in which have files of packages, the topmost first. */
  ancestorsOf(node: string): string[] {
    return [...this.#files.keys()].filter((other) => other !== node && isWithin(node, other));
  }

  /** The packages of a node. */
  installedIn(node: string): readonly Solvable[] {
    return this.#own.get(node) ?? [];
  }

  /** What the packages of a node provide, as texts. */
  provided(node: string): string[] {
    const { pool } = this.pool;
    return this.installedIn(node).flatMap((solvable) =>
      pool.dependencies(solvable, "provides").map((dependency) => pool.dependencyText(dependency))
    );
  }

  [Symbol.dispose](): void {
    this.pool[Symbol.dispose]();
  }
}
