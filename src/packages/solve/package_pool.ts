import { SELECTION } from "../../../ffi/libsolv/constants.ts";
import { Pool, type Solvable } from "../../../ffi/libsolv/pool.ts";
import type { Repository } from "../../../ffi/libsolv/repository.ts";
import { HOST } from "../database/holders.ts";
import type { Nevra } from "../database/installed_package.ts";
import { loadFilelists, loadPrimary, packageFileError } from "./load_metadata.ts";
import { packageMatcher } from "../database/match_pattern.ts";
import type { AvailableSource, InstalledSource } from "./sources.ts";

/** Packages of a name and an architecture, if it is one of this machine. */
const OF_ARCH = SELECTION.NAME | SELECTION.DOTARCH;

/** Packages that were added in a row. */
interface Range {
  readonly first: Solvable;
  /** The first after them. */
  readonly end: Solvable;
}

/** Packages of the nodes of a family and of repositories, and what each of them comes from. */
export class PackagePool implements Disposable {
  readonly pool: Pool;
  readonly #nodes: (Range & { readonly source: InstalledSource })[] = [];
  readonly #available: (Range & { readonly source: AvailableSource; readonly repository: Repository })[] = [];
  readonly #files = new Map<Solvable, string>();
  readonly #arches = new Map<string, boolean>();
  #filelistsLoaded = false;
  #installed: Repository | undefined;

  constructor(readonly arch: string) {
    this.pool = new Pool(arch);
  }

  /** Adds what is installed, of all nodes as one: that is what it is for the node that inherits it. */
  addInstalled(sources: readonly InstalledSource[]): void {
    if (this.#installed === undefined) {
      this.#installed = this.pool.createRepository("installed");
      this.pool.setInstalled(this.#installed);
    }
    for (const source of sources) this.#addNode(source, this.#installed);
  }

  /** Adds what is installed in nodes that are not looked at by the solver; `remove` takes it out again. */
  addOthers(sources: readonly InstalledSource[]): Disposable {
    const before = this.#nodes.length;
    const repositories = sources.map((source) => {
      const repository = this.pool.createRepository(source.node);
      this.#addNode(source, repository);
      repository.internalize();
      return repository;
    });
    this.pool.prepare();
    return {
      [Symbol.dispose]: () => {
        this.#nodes.length = before;
        for (const repository of repositories) repository[Symbol.dispose]();
        this.pool.prepare();
      },
    };
  }

  #addNode(source: InstalledSource, repository: Repository): void {
    const first = this.pool.end;
    source.addTo(repository);
    this.#nodes.push({ source, first, end: this.pool.end });
  }

  /** Adds the packages of a repository. */
  addAvailable(source: AvailableSource): void {
    const first = this.pool.end;
    const repository = loadPrimary(this.pool, source);
    // For libsolv the highest priority wins, and the highest lesser one.
    repository.setPriority(-source.priority, -source.cost);
    const added = { source, repository, first, end: this.pool.end };
    this.#available.push(added);
    this.#filter(added);
  }

  #filter({ source, repository, first, end }: Range & { source: AvailableSource; repository: Repository }): void {
    const { includes, excludes } = source;
    if (includes.length === 0 && excludes.length === 0) return;
    const isIncluded = includes.length === 0 ? () => true : packageMatcher(includes);
    const isExcluded = packageMatcher(excludes);
    for (let solvable = first; solvable < end; solvable++) {
      const nevra = this.nevra(solvable);
      if (!isIncluded(nevra) || isExcluded(nevra)) repository.remove(solvable);
    }
  }

  /**
   * Adds a package that is a file.
   *
   * @throws {RedpakError} `E_PACKAGE_FILE`
   */
  addPackageFile(path: string): Solvable {
    const repository = this.pool.createRepository(path);
    try {
      const solvable = repository.addPackageFile(path);
      this.#files.set(solvable, path);
      return solvable;
    } catch (error) {
      throw packageFileError(path, error);
    }
  }

  /**
   * Adds the files that are not in the primary metadata.
   *
   * @returns whether that added any
   */
  async addFilelists(): Promise<boolean> {
    if (this.#filelistsLoaded) return false;
    this.#filelistsLoaded = true;
    let added = false;
    for (const { source, repository } of this.#available) {
      const file = await source.filelists?.();
      if (file === undefined) continue;
      loadFilelists(repository, source.id, file);
      added = true;
    }
    return added;
  }

  /**
   * After packages have been added, before anything is looked up or solved.
   *
   * @returns whether some package requires a file that no package is known to have
   */
  prepare(): boolean {
    this.#installed?.internalize();
    return this.pool.prepare().some((path) => this.pool.providers(path).length === 0);
  }

  nevra(solvable: Solvable): Nevra {
    return {
      name: this.pool.text(solvable, "solvable:name"),
      evr: this.pool.text(solvable, "solvable:evr").replace(/^0:/, ""),
      arch: this.pool.text(solvable, "solvable:arch"),
    };
  }

  /** The node that has a package; undefined for what is not installed. */
  nodeOf(solvable: Solvable): string | undefined {
    return this.#nodes.find((range) => isIn(range, solvable))?.source.node;
  }

  /** What the node that has a package is called. */
  aliasOf(solvable: Solvable): string | undefined {
    return this.#nodes.find((range) => isIn(range, solvable))?.source.alias;
  }

  /** The packages of a node. */
  installedIn(node: string): Solvable[] {
    return this.#nodes.filter(({ source }) => source.node === node).flatMap(solvablesOf);
  }

  /** The packages of all nodes. */
  installed(): Solvable[] {
    return this.#nodes.flatMap(solvablesOf);
  }

  /** How people call a node that the packages of another one come from. */
  describeNode(node: string): string {
    const alias = this.#nodes.find(({ source }) => source.node === node)?.source.alias;
    return node === HOST ? "the host" : `parent node ${alias} (${node})`;
  }

  /** The packages of a name that can be installed. */
  available(name: string): Solvable[] {
    return this.pool.named(name).filter((solvable) => this.nodeOf(solvable) === undefined);
  }

  get hasRepositories(): boolean {
    return this.#available.length > 0;
  }

  /** Everything that can be installed from a repository. */
  allAvailable(): Solvable[] {
    return this.installable(this.#available.flatMap(solvablesOf));
  }

  /** Of some packages, those that can be installed from a repository: nothing that was left out, and nothing for other machines. */
  installable(solvables: readonly Solvable[]): Solvable[] {
    return solvables.filter((solvable) => this.repositoryOf(solvable) !== undefined && this.#isUsable(solvable));
  }

  #isUsable(solvable: Solvable): boolean {
    const arch = this.pool.text(solvable, "solvable:arch");
    let isUsable = this.#arches.get(arch);
    if (isUsable === undefined) {
      const name = this.pool.text(solvable, "solvable:name");
      const found = this.pool.select(`${name}.${arch}`, OF_ARCH).flatMap((selector) => this.pool.selected(selector));
      // What was left out has no architecture.
      isUsable = arch !== "" && found.some((one) => this.pool.text(one, "solvable:arch") === arch);
      this.#arches.set(arch, isUsable);
    }
    return isUsable;
  }

  /** Of the repository that a package can be installed from. */
  priorityOf(solvable: Solvable): number {
    return this.#available.find((range) => isIn(range, solvable))!.source.priority;
  }

  /** The names of all packages. */
  names(): Set<string> {
    const ranges = [...this.#nodes, ...this.#available];
    return new Set(ranges.flatMap(solvablesOf).map((solvable) => this.nevra(solvable).name).filter(Boolean));
  }

  /** The repository that a package can be installed from. */
  repositoryOf(solvable: Solvable): string | undefined {
    return this.#available.find((range) => isIn(range, solvable))?.source.id;
  }

  /** The path of a package that was added as a file. */
  fileOf(solvable: Solvable): string | undefined {
    return this.#files.get(solvable);
  }

  [Symbol.dispose](): void {
    this.pool[Symbol.dispose]();
  }
}

function isIn({ first, end }: Range, solvable: Solvable): boolean {
  return first <= solvable && solvable < end;
}

function solvablesOf({ first, end }: Range): Solvable[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}
