import { ByteStore } from "../../ffi/libc/memory.ts";
import type { Header } from "../../ffi/librpm/header.ts";
import type { Solvable } from "../../ffi/libsolv/pool.ts";
import type { Repository } from "../../ffi/libsolv/repository.ts";
import { RedpakError } from "../core/error.ts";
import { isWithin } from "../core/path.ts";
import { Database } from "../packages/database/database.ts";
import { HOST } from "../packages/database/holders.ts";
import { formatNevra } from "../packages/database/installed_package.ts";
import { PackagePool } from "../packages/solve/package_pool.ts";
import { RequiredPaths } from "../packages/solve/required_paths.ts";
import type { InstalledFile } from "../packages/verification/installed_files.ts";
import { headersIn, installedContent, type InstalledHeaders } from "../packages/verification/installed_headers.ts";

/** A node of an image: its directory on the device, and here. */
export interface PackageNode {
  readonly path: string;
  readonly directory: string;
}

/** A package and what it has brought. */
export interface PackageFiles {
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

/**
 * What is installed in the nodes of an image, and on its host where nodes stand on it. Each database is read once: what is
 * known of files goes to who compares them.
 */
export class ImagePackages implements Disposable {
  readonly pool: PackagePool;
  /** Why databases cannot be read, by the nodes' paths, and `HOST`. */
  readonly failures = new Map<string, RedpakError>();
  readonly #headers = new Map<string, InstalledHeaders>();
  readonly #own = new Map<string, readonly Solvable[]>();
  readonly #opposing = new Map<string, readonly Solvable[]>();
  /** One piece of memory for all databases, which grows a few times. */
  readonly #exported = new ByteStore();
  #repository: Repository | undefined;

  /** @param architecture as uname(2) names it */
  constructor(architecture: string, private readonly host: PackageHost) {
    this.pool = new PackagePool(architecture);
  }

  /**
   * Reads the database of the host.
   *
   * @returns undefined where nothing stands on it, where it has none, or where that cannot be read
   * @throws {RedpakError} `E_LIBRARY…`
   */
  readHost(): InstalledHeaders | undefined {
    const { root, nodes } = this.host;
    return nodes.size === 0 ? undefined : this.#read(HOST, "the host", HOST, () => Database.ofHost(root));
  }

  /** As `readHost`, for a node, whose parents have been read. */
  readNode({ path, directory }: PackageNode): InstalledHeaders | undefined {
    return this.#read(path, path, directory, () => Database.ofNode(directory));
  }

  #read(
    path: string,
    alias: string,
    node: string,
    open: () => Database | undefined,
  ): InstalledHeaders | undefined {
    const addTo = (repository: Repository) => {
      this.#repository = repository;
      try {
        using database = open();
        if (database === undefined) return;
        const read = (add: (header: Header) => void) =>
          database.map((header) => {
            add(header);
            header.exportTo(this.#exported);
          });
        repository.addHeaders(read, { files: false });
        this.#headers.set(path, { database: database.path, ...this.#exported.takeAll() });
      } catch (error) {
        this.#exported.takeAll();
        if (!(error instanceof RedpakError) || !error.code.startsWith("E_DATABASE")) throw error;
        this.fail(path, error);
      }
    };
    this.pool.addInstalled([{ node, alias, addTo }]);
    this.#own.set(path, this.pool.installedIn(node));
    return this.#headers.get(path);
  }

  /** After all databases have been read, before packages are compared. */
  prepare(): void {
    // What the repository has beside names, versions and dependencies, nobody asks for.
    this.pool.pool.prepare((paths) => {
      const required = new RequiredPaths(this.pool.pool, paths);
      for (const [node, headers] of this.#headers) {
        const own = this.installedIn(node);
        for (const [index, header] of headersIn(headers).entries()) {
          for (const path of required.of(header)) this.#repository!.addFile(own[index]!, path);
        }
      }
    });
  }

  /** What is known of the packages of a node cannot be used. */
  fail(path: string, reason: RedpakError): void {
    this.failures.set(path, reason);
    this.#headers.delete(path);
  }

  /** The packages of a node with the files that they have put there; undefined where it has no database. */
  contentsOf(node: string): PackageFiles[] | undefined {
    const headers = this.#headers.get(node);
    if (headers === undefined) return undefined;
    const byPackage = Map.groupBy([...installedContent(headers).files.values()].flat(), (file) => file.package);
    return this.installedIn(node).map((solvable) => {
      const label = formatNevra(this.pool.nevra(solvable));
      return { package: label, files: byPackage.get(label) ?? [] };
    });
  }

  /** The nodes that a node is in which have files of packages, the topmost first; before them `HOST`, if it stands on that. */
  ancestorsOf(node: string): string[] {
    return [...this.#headers.keys()].filter((other) =>
      other === HOST ? this.host.nodes.has(node) : other !== node && isWithin(node, other)
    );
  }

  /** The packages of a node, or of `HOST`. */
  installedIn(node: string): readonly Solvable[] {
    return this.#own.get(node) ?? [];
  }

  /** The packages of a node, or of `HOST`, that conflict with something or take its place: few, and every node inside asks. */
  opposingIn(node: string): readonly Solvable[] {
    const known = this.#opposing.get(node);
    if (known !== undefined) return known;
    const { pool } = this.pool;
    const opposing = this.installedIn(node).filter((one) =>
      pool.dependencies(one, "conflicts").length > 0 || pool.dependencies(one, "obsoletes").length > 0
    );
    this.#opposing.set(node, opposing);
    return opposing;
  }

  [Symbol.dispose](): void {
    this.pool[Symbol.dispose]();
  }
}
