import { cText, NULL, readText, takeText } from "../libc/memory.ts";
import { RPMCALLBACK, RPMDBI, RPMPROB, RPMPROB_FILTER, RPMSIG, RPMTRANS_FLAG, TR } from "./constants.ts";
import { Header } from "./header.ts";
import { librpm, Log, Macro } from "./librpm.ts";
import { Keyring } from "./openpgp.ts";
import { type OwnHeader, readPackageFile } from "./package_file.ts";
import { RpmError, RpmRefusal } from "./rpm_error.ts";

/**
 * Settings that the host's configuration has no say in. What is written is flushed by whoever makes it the node's content,
 * so `_flush_io` would only make it slow; `_minimize_writes` would change the attributes of files in place that are the
 * node's own as well.
 */
const MACROS = {
  _db_backend: "sqlite",
  __plugindir: "",
  _excludedocs: "0",
  _flush_io: "0",
  _install_langs: "all",
  _minimize_writes: "0",
  _netsharedpath: "",
  _pkgverify_flags: "0x0",
  _pkgverify_level: "all",
  __transaction: "",
} as const;

/** librpm itself runs nothing of a package. The last three are of librpm 4.19 and later, and free bits before. */
const FLAGS = [
  RPMTRANS_FLAG.NOSCRIPTS,
  RPMTRANS_FLAG.NOTRIGGERS,
  RPMTRANS_FLAG.NOPLUGINS,
  RPMTRANS_FLAG.NOCONTEXTS,
  RPMTRANS_FLAG.NOTRIGGERPREIN,
  RPMTRANS_FLAG.NOPRE,
  RPMTRANS_FLAG.NOPOST,
  RPMTRANS_FLAG.NOTRIGGERIN,
  RPMTRANS_FLAG.NOTRIGGERUN,
  RPMTRANS_FLAG.NOPREUN,
  RPMTRANS_FLAG.NOPOSTUN,
  RPMTRANS_FLAG.NOTRIGGERPOSTUN,
  RPMTRANS_FLAG.NOPRETRANS,
  RPMTRANS_FLAG.NOPOSTTRANS,
  1 << 14, // NOPREUNTRANS
  1 << 15, // NOPOSTUNTRANS
  1 << 26, // NOSYSUSERS
].reduce((all, flag) => all | flag);

/** What becomes of a package; texts as librpm has them. */
export interface Element {
  readonly kind: "added" | "removed";
  readonly name: string;
  /** `epoch:version-release`, the epoch only where it is one. */
  readonly evr: string;
  readonly arch: string;
}

export interface RunHandlers {
  /**
   * The path of a package that was added with a key: when it is verified, and when it is installed. `undefined` keeps it
   * from being installed, and fails the transaction.
   */
  readonly open: (key: number, purpose: "verify" | "install") => string | undefined;
  /** A package begins to be erased. Nothing of the host can be opened in it: librpm has changed the root directory. */
  readonly erase: (header: Header) => void;
  /**
   * An element, by its place in the order: `before` anything is done to it; `done` when its files are in place and it is in
   * the database, or when its files are gone and it is in the database still. The root directory is the host's, but for
   * `done` of what is erased.
   */
  readonly element?: (index: number, moment: "before" | "done") => void;
}

/** A set of changes to the packages of one root directory. */
export class RpmTransaction implements Disposable {
  readonly #rpm = librpm();
  readonly #set: bigint;
  readonly #owned = new DisposableStack();

  /**
   * @param root the root directory; librpm makes it where there is none, so whoever calls has looked
   * @param database directory of the database in it
   */
  constructor(root: string, database: string) {
    for (const [name, value] of Object.entries({ ...MACROS, _dbpath: database })) {
      this.#owned.use(new Macro(name, value));
    }
    this.#set = this.#rpm.rpmtsCreate();
    this.#owned.defer(() => this.#rpm.rpmtsFree(this.#set));
    this.#rpm.rpmtsSetRootDir(this.#set, cText(root));
    this.#rpm.rpmtsSetVSFlags(this.#set, 0);
    this.#rpm.rpmtsSetVfyFlags(this.#set, 0);
    this.setKeys([]);
  }

  /** Keys that signatures are verified with, in the binary form of OpenPGP: none of the host's, and none of the database. */
  setKeys(certificates: readonly Uint8Array<ArrayBuffer>[]): void {
    using keyring = new Keyring(certificates);
    this.#rpm.rpmtsSetKeyring(this.#set, keyring.address);
  }

  /** @throws {RpmError} */
  readPackage(path: string): OwnHeader {
    return readPackageFile(this.#set, path);
  }

  /**
   * @param key names it in `RunHandlers`, from 1
   * @param upgrade what is installed of that name is erased, and what it obsoletes
   */
  install(header: Header, key: number, upgrade: boolean): void {
    this.#add(() => this.#rpm.rpmtsAddInstallElement(this.#set, header.address, BigInt(key), Number(upgrade), NULL));
  }

  reinstall(header: Header, key: number): void {
    this.#add(() => this.#rpm.rpmtsAddReinstallElement(this.#set, header.address, BigInt(key)));
  }

  /**
   * @param isMeant told of the packages of that name in the database
   * @returns how many of them are to be erased now
   */
  erase(name: string, isMeant: (header: Header) => boolean): number {
    const iterator = this.#rpm.rpmtsInitIterator(this.#set, RPMDBI.NAME, cText(name), 0n);
    if (iterator === NULL) return 0;
    let count = 0;
    try {
      for (;;) {
        const address = this.#rpm.rpmdbNextIterator(iterator);
        if (address === NULL) return count;
        if (!isMeant(new Header(address))) continue;
        this.#add(() => this.#rpm.rpmtsAddEraseElement(this.#set, address, -1));
        count++;
      }
    } finally {
      this.#rpm.rpmdbFreeIterator(iterator);
    }
  }

  #add(add: () => number): void {
    const log = new Log();
    if (add() === 0) return;
    log.check();
    throw new RpmError("librpm does not take it");
  }

  /** Puts what is to be done into the order that it is done in. */
  order(): void {
    this.#rpm.rpmtsOrder(this.#set);
  }

  /** Everything that would be done, in its order. */
  elements(): Element[] {
    const iterator = this.#rpm.rpmtsiInit(this.#set);
    const found: Element[] = [];
    for (;;) {
      const element = this.#rpm.rpmtsiNext(iterator, 0);
      if (element === NULL) break;
      found.push({
        kind: this.#rpm.rpmteType(element) === TR.REMOVED ? "removed" : "added",
        name: readText(this.#rpm.rpmteN(element)),
        evr: readText(this.#rpm.rpmteEVR(element)),
        arch: readText(this.#rpm.rpmteA(element)),
      });
    }
    this.#rpm.rpmtsiFree(iterator);
    return found;
  }

  /**
   * Finds out whether packages are what they were when they were made, and by whom; nothing is done.
   *
   * @param signed they have to be signed with one of the keys
   * @returns what is wrong, a text for each
   */
  verify(open: RunHandlers["open"], signed: boolean): string[] {
    const level = RPMSIG.DIGEST_TYPE | (signed ? RPMSIG.SIGNATURE_TYPE : 0);
    this.#run({ open, erase: () => {} }, FLAGS | RPMTRANS_FLAG.TEST, level);
    return this.#problems((kind) => kind === RPMPROB.VERIFY);
  }

  /**
   * Does it, in its order. Digests of the packages are verified once more; whether they are signed is the matter of `verify`.
   *
   * @returns what librpm had to say
   * @throws {RpmRefusal} what keeps it from being done
   * @throws {RpmError} what has failed: then anything may have been done already
   */
  run(handlers: RunHandlers): string[] {
    const log = new Log();
    this.#rpm.rpmtsClean(this.#set);
    const result = this.#run(handlers, FLAGS, RPMSIG.DIGEST_TYPE);
    const problems = this.#problems(() => true);
    // As rpmtsRun(3) has it: positive where it found problems, negative where something failed.
    if (result > 0 && problems.length > 0) throw new RpmRefusal(problems.join("; "));
    if (result !== 0 && problems.length > 0) throw new RpmError(problems.join("; "));
    log.check();
    if (result !== 0) throw new RpmError("librpm does not say why");
    return log.text().split("\n").filter((line) => line !== "");
  }

  #run({ open, erase, element }: RunHandlers, flags: number, level: number): number {
    let failure: { readonly error: unknown } | undefined;
    let purpose: "verify" | "install" = "install";
    let current = 0;
    const files = new Map<bigint, bigint>();
    const rpm = this.#rpm;
    // Bound now: while librpm has changed the root directory, no library can be opened.
    const { Fopen, Fclose, Ferror } = rpm;
    const notify = (header: bigint, what: number, amount: bigint, key: bigint): bigint => {
      // What has failed is thrown away: there is nothing left to ask for or to tell of.
      if (failure !== undefined && what !== RPMCALLBACK.INST_CLOSE_FILE) return NULL;
      switch (what) {
        case RPMCALLBACK.ELEM_PROGRESS:
          current = Number(amount);
          element?.(current, "before");
          break;
        case RPMCALLBACK.UNINST_STOP:
          element?.(current, "done");
          break;
        case RPMCALLBACK.VERIFY_START:
          purpose = "verify";
          break;
        case RPMCALLBACK.VERIFY_STOP:
          purpose = "install";
          break;
        case RPMCALLBACK.INST_OPEN_FILE: {
          const path = open(Number(key), purpose);
          if (path === undefined) return NULL;
          const file = Fopen(cText(path), cText("r.ufdio"));
          if (file === NULL || Ferror(file) !== 0) throw new RpmError(`"${path}" cannot be opened`);
          files.set(key, file);
          return file;
        }
        case RPMCALLBACK.INST_CLOSE_FILE: {
          const file = files.get(key);
          files.delete(key);
          if (file !== undefined) Fclose(file);
          if (purpose === "install" && failure === undefined) element?.(current, "done");
          break;
        }
        case RPMCALLBACK.UNINST_START:
          if (header !== NULL) erase(new Header(header));
          break;
        case RPMCALLBACK.UNPACK_ERROR:
        case RPMCALLBACK.CPIO_ERROR:
          failure ??= { error: new RpmError("a package cannot be unpacked") };
      }
      return NULL;
    };
    using callback = closing(
      new Deno.UnsafeCallback(
        { parameters: ["usize", "u32", "u64", "u64", "usize", "usize"], result: "usize" },
        (header, what, amount, _total, key) => {
          // Nothing may be thrown through librpm.
          try {
            return notify(header, what, amount, key);
          } catch (error) {
            failure ??= { error };
            return NULL;
          }
        },
      ),
    );
    rpm.rpmtsSetFlags(this.#set, flags >>> 0);
    rpm.rpmtsSetVfyLevel(this.#set, level);
    rpm.rpmtsSetNotifyCallback(this.#set, callback.pointer, NULL);
    try {
      const result = rpm.rpmtsRun(this.#set, NULL, RPMPROB_FILTER.OLDPACKAGE);
      if (failure !== undefined && !(failure.error instanceof RpmError && result !== 0)) throw failure.error;
      return failure === undefined ? result : -1;
    } finally {
      rpm.rpmtsSetNotifyCallback(this.#set, null, NULL);
      for (const file of files.values()) Fclose(file);
    }
  }

  #problems(counts: (kind: number) => boolean): string[] {
    const rpm = this.#rpm;
    const problems = rpm.rpmtsProblems(this.#set);
    const iterator = rpm.rpmpsInitIterator(problems);
    const texts: string[] = [];
    for (;;) {
      const problem = rpm.rpmpsiNext(iterator);
      if (problem === NULL) break;
      if (counts(rpm.rpmProblemGetType(problem))) texts.push(takeText(rpm.rpmProblemString(problem)));
    }
    rpm.rpmpsFreeIterator(iterator);
    rpm.rpmpsFree(problems);
    return texts;
  }

  [Symbol.dispose](): void {
    this.#owned.dispose();
  }
}

function closing<C extends Deno.UnsafeCallbackDefinition>(callback: Deno.UnsafeCallback<C>) {
  return { pointer: callback.pointer, [Symbol.dispose]: () => callback.close() };
}
