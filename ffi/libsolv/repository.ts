import { AT_FDCWD, O } from "../libc/constants.ts";
import { libc } from "../libc/libc.ts";
import { CFile, cText, MemoryStream, NULL, writeBytes } from "../libc/memory.ts";
import type { Header } from "../librpm/header.ts";
import { REPO, RPM_ADD } from "./constants.ts";
import { LAYOUT } from "./layout.ts";
import { libsolv } from "./libsolv.ts";
import type { Dependency, Pool, Solvable } from "./pool.ts";
import { SolvError } from "./solv_error.ts";

/** Packages of one origin in a pool; they go with it, when it is disposed of before the pool. */
export class Repository implements Disposable {
  readonly #solv = libsolv();

  constructor(private readonly pool: Pool, readonly address: bigint, readonly name: string) {}

  /**
   * A higher priority hides packages of the same name in lower ones; the lesser priority decides between equal versions.
   */
  setPriority(priority: number, lesser: number): void {
    const values = new Uint8Array(new Int32Array([priority, lesser]).buffer);
    writeBytes(this.address + BigInt(LAYOUT.Repo.priority), values);
  }

  /**
   * Adds packages of an RPM database, which can be looked up after `internalize`.
   *
   * @param read calls its argument for each of them, while its header is valid
   * @param files whether their lists of files are wanted, for which libsolv takes more and more time the more there are
   * @throws {SolvError} where one is no package
   */
  addHeaders(read: (add: (header: Header) => void) => void, { files = true } = {}): void {
    const flags = REPO.REUSE_REPODATA | REPO.NO_INTERNALIZE | RPM_ADD.NO_RPMLIBREQS | (files ? 0 : RPM_ADD.NO_FILELIST);
    const state = this.#solv.rpm_state_create(this.pool.address, null);
    try {
      read((header) => {
        // libsolv has a form of headers of its own; librpm's would be read as one.
        const handle = this.#solv.rpm_byrpmh(state, header.address);
        if (handle === NULL || this.#solv.repo_add_rpm_handle(this.address, handle, flags) === 0) {
          throw this.pool.error();
        }
      });
    } finally {
      this.#solv.rpm_state_free(state);
    }
  }

  /** After packages of databases have been added: libsolv goes through all of the repository each time. */
  internalize(): void {
    this.#solv.repo_internalize(this.address);
  }

  /** Adds the path of a file of a package, for who knows files that libsolv does not. @param path as `Pool.prepare` has it */
  addFile(solvable: Solvable, path: Dependency): void {
    this.#solv.repo_add_deparray(this.address, solvable, this.pool.key("solvable:provides"), path, 1);
  }

  /**
   * Adds a package file.
   *
   * @throws {SolvError} where it is none
   */
  addPackageFile(path: string): Solvable {
    const flags = REPO.REUSE_REPODATA | RPM_ADD.NO_RPMLIBREQS | RPM_ADD.WITH_SHA256SUM;
    const solvable = this.#solv.repo_add_rpm(this.address, cText(path), flags);
    if (solvable === 0) throw this.pool.error();
    return solvable;
  }

  /**
   * Adds what a `primary.xml` says, compressed or not.
   *
   * @throws {SolvError} where it is none; {SystemCallError}
   */
  addPrimary(path: string): void {
    this.#add(path, (file) => this.#solv.repo_add_rpmmd(this.address, file, null, 0));
  }

  /** As `addPrimary`, for the `filelists.xml` that belongs to it. */
  addFilelists(path: string): void {
    const flags = REPO.LOCALPOOL | REPO.EXTEND_SOLVABLES;
    this.#add(path, (file) => this.#solv.repo_add_rpmmd(this.address, file, cText("FL"), flags));
  }

  /** What `addPrimary` has added, in libsolv's own form, which is read 20 times as fast. */
  primaryToSolv(): Uint8Array<ArrayBuffer> {
    return this.#write((file) => this.#solv.repo_write(this.address, file));
  }

  /** What `addFilelists` has added last. Both in one file would take 80 times as long to write. */
  filelistsToSolv(): Uint8Array<ArrayBuffer> {
    return this.#write((file) => this.#solv.repodata_write(this.#solv.repo_last_repodata(this.address), file));
  }

  /** Adds what `primaryToSolv` gave. It is not made to be read from a stranger. */
  addSolvPrimary(path: string): void {
    this.#add(path, (file) => this.#solv.repo_add_solv(this.address, file, 0));
  }

  addSolvFilelists(path: string): void {
    const flags = REPO.LOCALPOOL | REPO.EXTEND_SOLVABLES;
    this.#add(path, (file) => this.#solv.repo_add_solv(this.address, file, flags));
  }

  remove(solvable: Solvable): void {
    this.#solv.repo_free_solvable(this.address, solvable, 0);
  }

  [Symbol.dispose](): void {
    this.#solv.repo_free(this.address, 0);
  }

  #add(path: string, add: (file: bigint) => number): void {
    const descriptor = libc().openat(AT_FDCWD, path, O.RDONLY | O.CLOEXEC, 0);
    const stream = this.#solv.solv_xfopen_fd(cText(path), descriptor, cText("r"));
    if (stream === NULL) {
      libc().close(descriptor);
      throw new SolvError("it is compressed in a way that libsolv of this system does not know");
    }
    using file = new CFile(stream);
    if (add(file.file) !== 0) throw this.pool.error();
  }

  #write(write: (file: bigint) => number): Uint8Array<ArrayBuffer> {
    using stream = new MemoryStream();
    if (write(stream.file) !== 0) throw this.pool.error();
    return stream.bytes();
  }
}
