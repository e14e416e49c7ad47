import { cText, NULL, takeText } from "../libc/memory.ts";
import { RPMDBI } from "./constants.ts";
import { Header } from "./header.ts";
import { librpm, Log, Macro, rpmVersion } from "./librpm.ts";
import { RpmError } from "./rpm_error.ts";

/** The kinds of database, by the names that librpm has for them. */
export type Backend = "sqlite" | "ndb" | "bdb";

const O_RDONLY = 0;

/** A librpm that does not know the backend warns, and opens an empty database in its place. */
const DUMMY = /dummy database|_db_backend/;

/** An RPM database, open for reading. */
export class RpmDatabase implements Disposable {
  readonly #rpm = librpm();
  readonly #set: bigint;

  /**
   * @param directory that the database is in; librpm would make one where there is none, so whoever calls has looked
   * @throws {RpmError} with librpm's reason
   */
  constructor(directory: string, backend: Backend) {
    // Both macros are looked at when a database is opened, and not again.
    using _directory = new Macro("_dbpath", directory);
    using _backend = new Macro("_db_backend", backend);
    const log = new Log();
    this.#set = this.#rpm.rpmtsCreate();
    const failed = this.#rpm.rpmtsOpenDB(this.#set, O_RDONLY) !== 0;
    try {
      if (DUMMY.test(log.text())) {
        throw new RpmError(`librpm ${rpmVersion()} cannot read databases of the kind ${backend}`);
      }
      log.check();
      if (failed) throw new RpmError("it cannot be opened");
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** A text that is another one when packages have been installed or removed; undefined before librpm 4.15. */
  cookie(): string | undefined {
    const cookie = this.#rpm.rpmdbCookie?.(this.#rpm.rpmtsGetRdb(this.#set)) ?? NULL;
    return cookie === NULL ? undefined : takeText(cookie);
  }

  /**
   * What `read` makes of each package, in no order; of all, or of those with a key in an index. A header is the
   * iterator's, and gone when `read` returns.
   *
   * @throws {RpmError} where a package cannot be read
   */
  map<T>(read: (header: Header) => T, index: keyof typeof RPMDBI = "PACKAGES", key?: string): T[] {
    const log = new Log();
    const found: T[] = [];
    const iterator = this.#rpm.rpmtsInitIterator(this.#set, RPMDBI[index], key === undefined ? null : cText(key), 0n);
    if (iterator !== NULL) {
      try {
        for (;;) {
          const header = this.#rpm.rpmdbNextIterator(iterator);
          if (header === NULL) break;
          found.push(read(new Header(header)));
        }
      } finally {
        this.#rpm.rpmdbFreeIterator(iterator);
      }
    }
    // What is damaged is left out, with a message.
    log.check();
    return found;
  }

  [Symbol.dispose](): void {
    this.#rpm.rpmtsFree(this.#set);
  }
}
