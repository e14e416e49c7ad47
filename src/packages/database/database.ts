import type { Header } from "../../../ffi/librpm/header.ts";
import type { RPMDBI } from "../../../ffi/librpm/constants.ts";
import { RpmDatabase } from "../../../ffi/librpm/rpm_database.ts";
import { RpmError } from "../../../ffi/librpm/rpm_error.ts";
import { RedpakError } from "../../core/error.ts";
import { findDatabase, findDatabaseIn, findHostDatabase, type FoundDatabase } from "./find_database.ts";

/** rpm keeps keys beside packages, as if they were some. */
const isKey = (header: Header): boolean => header.text("NAME") === "gpg-pubkey";

/**
 * What SQLite says where the files of a journal are missing, which it wants even for reading, and may not be made. rpm leaves
 * them beside its databases.
 */
const WITHOUT_JOURNAL = /: unable to open database file$/;

/** The RPM database of a node, open for reading; nothing is made or changed. */
export class Database implements Disposable {
  readonly #database: RpmDatabase;

  /** @throws {RedpakError} `E_DATABASE` */
  private constructor(private readonly found: FoundDatabase) {
    try {
      this.#database = new RpmDatabase(found.openPath, found.backend);
    } catch (error) {
      found[Symbol.dispose]();
      throw this.#error(error);
    }
  }

  /**
   * @param node its directory, without symbolic links
   * @returns undefined where the node has no database: it has no packages
   * @throws {RedpakError} `E_DATABASE…`, `E_NOT_PERMITTED`, `E_LIBRARY…`
   */
  static ofNode(node: string): Database | undefined {
    const found = findDatabase(node);
    return found && new Database(found);
  }

  /** As `ofNode`, for a directory with nothing but a database, which is trusted. */
  static in(directory: string): Database | undefined {
    const found = findDatabaseIn(directory);
    return found && new Database(found);
  }

  /** As `ofNode`, for a machine. @param root the directory that is `/` on it, without symbolic links */
  static ofHost(root: string): Database | undefined {
    const found = findHostDatabase(root);
    return found && new Database(found);
  }

  /** Its directory. */
  get path(): string {
    return this.found.path;
  }

  /** A text that is another one when packages have been installed or removed; undefined before librpm 4.15. */
  cookie(): string | undefined {
    return this.#database.cookie();
  }

  /**
   * What `read` makes of each package, in no order; of all, or of those with a key in an index. A header is gone when
   * `read` returns.
   *
   * @throws {RedpakError} `E_DATABASE` where a package cannot be read
   */
  map<T>(read: (header: Header) => T, index?: keyof typeof RPMDBI, key?: string): T[] {
    try {
      return this.#database.map((header) => isKey(header) ? [] : [read(header)], index, key).flatMap((list) => list);
    } catch (error) {
      throw this.#error(error);
    }
  }

  [Symbol.dispose](): void {
    this.#database[Symbol.dispose]();
    this.found[Symbol.dispose]();
  }

  #error(error: unknown): unknown {
    if (!(error instanceof RpmError)) return error;
    const { path, openPath } = this.found;
    return new RedpakError({
      code: "E_DATABASE",
      // What librpm opened is known to people by another name.
      message: `Cannot read the RPM database "${path}": ${error.message.replaceAll(openPath, path)}`,
      hints: WITHOUT_JOURNAL.test(error.message)
        ? [`who may write there makes the files of the journal, -wal and -shm, anew: rpm --dbpath ${path} -qa`]
        : [],
      cause: error,
    });
  }
}
