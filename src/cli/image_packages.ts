import { RedpakError } from "../core/error.ts";
import { isWithin } from "../core/path.ts";
import { Database } from "../packages/database/database.ts";
import { type Holder, HOST } from "../packages/database/holders.ts";
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

/** The host of an image. */
export interface PackageHost {
  /** The directory that is `/` on the device. */
  readonly root: string;
  /** Directories of the nodes that have its packages: those whose families stand on it. */
  readonly nodes: ReadonlySet<string>;
}

/** What is installed in the nodes of an image, and on its host where nodes stand on it. Each database is read once. */
export class ImagePackages implements Disposable {
  readonly pool: PackagePool;
  /** Why databases cannot be read, by the nodes' paths, and `HOST`. */
  readonly failures = new Map<string, RedpakError>();
  readonly #files = new Map<string, ReadonlyMap<string, readonly InstalledFile[]>>();
  readonly #own = new Map<string, readonly Solvable[]>();
  readonly #onHost: ReadonlySet<string>;

  /**
   * @param nodes parents before their children
   * @param architecture as uname(2) names it
   * @throws {RedpakError} `E_LIBRARY…`
   */
  constructor(nodes: readonly PackageNode[], architecture: string, host: PackageHost) {
    this.pool = new PackagePool(architecture);
    this.#onHost = host.nodes;
    const holders: (Holder & { readonly path: string })[] = [
      ...host.nodes.size === 0 ? [] : [{ path: HOST, node: HOST, open: () => Database.ofHost(host.root) }],
      ...nodes.map(({ path, directory }) => ({ path, node: directory, open: () => Database.ofNode(directory) })),
    ];
    const sources = holders.map((holder) => {
      const { path } = holder;
      const source = installedSource(holder, path === HOST ? "the host" : path, (database) => {
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
    for (const { path, node } of holders) this.#own.set(path, this.pool.installedIn(node));
  }

  /** The files that packages have put into a node, or onto `HOST`, by their paths; undefined where it has no database. */
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

  /** The nodes that a node is in which have files of packages, the topmost first; before them `HOST`, if it stands on that. */
  ancestorsOf(node: string): string[] {
    return [...this.#files.keys()].filter((other) =>
      other === HOST ? this.#onHost.has(node) : other !== node && isWithin(node, other)
    );
  }

  /** The packages of a node, or of `HOST`. */
  installedIn(node: string): readonly Solvable[] {
    return this.#own.get(node) ?? [];
  }

  /** What the packages of a node, or of `HOST`, provide, as texts. */
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
