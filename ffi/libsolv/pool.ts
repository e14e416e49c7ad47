import { cText, NULL, readAddress, readInt, readStruct, readText } from "../libc/memory.ts";
import { DISTTYPE, EVRCMP, POOL_FLAG, SEARCH, SOLVER } from "./constants.ts";
import { LAYOUT } from "./layout.ts";
import { libsolv } from "./libsolv.ts";
import { Queue } from "./queue.ts";
import { Repository } from "./repository.ts";
import { SolvError } from "./solv_error.ts";

/** Number of a package in a pool. */
export type Solvable = number;
/** Number of a dependency in a pool: a name, or a relation. */
export type Dependency = number;

/** What is asked for: `how` is made of SOLVER's bits, `what` depends on it. */
export interface Job {
  readonly how: number;
  readonly what: number;
}

/** What is known of a package, `solv/knownid.h`. */
type Key = `solvable:${string}`;

/** The packages of all repositories, installed and available ones. What comes from a pool is valid as long as that. */
export class Pool implements Disposable {
  readonly #solv = libsolv();
  readonly #keys = new Map<Key, number>();
  /** One for all answers, and empty between them. */
  readonly #answer = new Queue();
  readonly address = this.#solv.pool_create();

  /** @param arch of the machine, as in `x86_64`: packages of others are not installed */
  constructor(arch: string) {
    // Debian's libsolv compares versions as dpkg does unless told otherwise. A library of another word size is another one.
    this.#solv.pool_setdisttype(this.address, DISTTYPE.RPM);
    this.#solv.pool_set_flag(this.address, POOL_FLAG.OBSOLETEUSESCOLORS, 1);
    this.#solv.pool_set_flag(this.address, POOL_FLAG.IMPLICITOBSOLETEUSESCOLORS, 1);
    this.#solv.pool_setarch(this.address, cText(arch));
  }

  createRepository(name: string): Repository {
    return new Repository(this, this.#solv.repo_create(this.address, cText(name)), name);
  }

  setInstalled(repository: Repository): void {
    this.#solv.pool_set_installed(this.address, repository.address);
  }

  /**
   * After packages have been added or removed, before anything is looked up or solved. Jobs made before are void.
   *
   * @param provide adds files that have such a path and that libsolv does not know (`Repository.addFile`)
   * @returns the paths that some package requires
   */
  prepare(provide: (paths: readonly Dependency[]) => void = () => {}): Dependency[] {
    using queue = new Queue();
    this.#solv.pool_addfileprovides_queue(this.address, queue.address, NULL);
    const paths = queue.ids;
    provide(paths);
    this.#solv.pool_createwhatprovides(this.address);
    return paths;
  }

  /** The number that the next package gets; packages that are added in a row have numbers in a row. */
  get end(): Solvable {
    return readInt(this.address + BigInt(LAYOUT.Pool.nsolvables));
  }

  /** Empty where the package has none. */
  text(solvable: Solvable, key: Key): string {
    return readText(this.#solv.pool_lookup_str(this.address, solvable, this.key(key)));
  }

  /** 0 where the package has none. */
  number(solvable: Solvable, key: Key): number {
    return Number(this.#solv.pool_lookup_num(this.address, solvable, this.key(key), 0n));
  }

  /** As in `{ type: "sha256", value: "01ab…" }`. */
  checksum(solvable: Solvable, key: Key): { readonly type: string; readonly value: string } | undefined {
    const type = new Int32Array(new ArrayBuffer(4));
    const value = this.#solv.pool_lookup_checksum(this.address, solvable, this.key(key), new Uint8Array(type.buffer));
    if (value === NULL) return undefined;
    // Types are named as in `repository:checksum:sha256`.
    return { type: this.#idText(type[0]!).replace(/^.*:/, ""), value: readText(value) };
  }

  /** Where the package is below its repository's address. */
  location(solvable: Solvable): string {
    const { solvables } = LAYOUT.Pool;
    const address = readAddress(this.address + BigInt(solvables)) + BigInt(solvable * LAYOUT.Solvable.size);
    return readText(this.#solv.solvable_lookup_location(address, null));
  }

  dependencies(solvable: Solvable, key: "requires" | "provides" | "conflicts" | "obsoletes"): Dependency[] {
    this.#solv.pool_lookup_idarray(this.address, solvable, this.key(`solvable:${key}`), this.#answer.address);
    const ids = this.#answer.take();
    const [prerequisites, files] = [this.key("solvable:prereqmarker"), this.key("solvable:filemarker")];
    return ids.filter((id) => id !== prerequisites && id !== files);
  }

  /** As in `lib >= 2`. */
  dependencyText(dependency: Dependency): string {
    return readText(this.#solv.pool_dep2str(this.address, dependency));
  }

  /** The two sides of a relation, and what relates them; undefined for a mere name. */
  relation(dependency: Dependency): { left: Dependency; right: Dependency; flags: number } | undefined {
    if (dependency >= 0) return undefined;
    const { name, evr, flags, size } = LAYOUT.Reldep;
    const address = readAddress(this.address + BigInt(LAYOUT.Pool.rels)) + BigInt((dependency & 0x7fffffff) * size);
    return readStruct(address, size, (relation) => ({
      left: relation.getInt32(name, true),
      right: relation.getInt32(evr, true),
      flags: relation.getInt32(flags, true),
    }));
  }

  /** The packages of a name. */
  named(name: string): Solvable[] {
    const id = this.#solv.pool_str2id(this.address, cText(name), 0);
    return id === 0 ? [] : this.selected({ how: SOLVER.SOLVABLE_NAME, what: id });
  }

  /** The packages that provide a dependency, by name, version or file. */
  providers(dependency: Dependency): Solvable[] {
    return this.selected({ how: SOLVER.SOLVABLE_PROVIDES, what: dependency });
  }

  /**
   * What a word means: selectors, each of which can be made part of a job.
   *
   * @param flags of SELECTION: how it is understood
   */
  select(word: string, flags: number): Job[] {
    using selection = new Queue();
    if (this.#solv.selection_make(this.address, selection.address, cText(word), flags) === 0) return [];
    const ids = selection.ids;
    return Array.from({ length: ids.length / 2 }, (_, at) => ({ how: ids[at * 2]!, what: ids[at * 2 + 1]! }));
  }

  /** The packages that a selector or a job means. */
  selected({ how, what }: Job): Solvable[] {
    this.#solv.pool_job2solvables(this.address, this.#answer.address, how, what);
    return this.#answer.take();
  }

  /** The packages that have a text in one of theirs, whatever the case of its ASCII letters. */
  withText(text: string, key: Key): Solvable[] {
    const found: Solvable[] = [];
    const first = readAddress(this.address + BigInt(LAYOUT.Pool.solvables));
    // int callback(void *data, Solvable *s, Repodata *data, Repokey *key, KeyValue *kv): 0 goes on
    const note = new Deno.UnsafeCallback(
      { parameters: ["usize", "usize", "usize", "usize", "usize"], result: "i32" },
      (_, solvable) => {
        found.push(Number(solvable - first) / LAYOUT.Solvable.size);
        return 0;
      },
    );
    try {
      const flags = SEARCH.SUBSTRING | SEARCH.NOCASE;
      this.#solv.pool_search(this.address, 0, this.key(key), cText(text), flags, note.pointer, NULL);
    } finally {
      note.close();
    }
    return found;
  }

  /** A selector for any one of some packages. */
  oneOf(solvables: readonly Solvable[]): Job {
    if (solvables.length === 1) return { how: SOLVER.SOLVABLE, what: solvables[0]! };
    using queue = new Queue(solvables);
    return { how: SOLVER.SOLVABLE_ONE_OF, what: this.#solv.pool_queuetowhatprovides(this.address, queue.address) };
  }

  /** Negative where the first version is older. */
  compareVersions(one: string, other: string): number {
    return this.#solv.pool_evrcmp_str(this.address, cText(one), cText(other), EVRCMP.COMPARE);
  }

  /** What went wrong last. */
  error(): SolvError {
    return new SolvError(readText(this.#solv.pool_errstr(this.address)));
  }

  [Symbol.dispose](): void {
    this.#solv.pool_free(this.address);
    this.#answer[Symbol.dispose]();
  }

  /** The number of a key. */
  key(key: Key): number {
    let id = this.#keys.get(key);
    if (id === undefined) this.#keys.set(key, id = this.#solv.pool_str2id(this.address, cText(key), 0));
    return id;
  }

  #idText(id: number): string {
    return readText(this.#solv.pool_id2str(this.address, id));
  }
}
