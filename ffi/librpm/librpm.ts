import { LibraryMissing, LibraryUnfit } from "../library_error.ts";
import { cText, MemoryStream, NULL, readText } from "../libc/memory.ts";
import { checkLibrary, lazySymbols } from "../shared_library.ts";
import { RMIL } from "./constants.ts";
import { RpmError } from "./rpm_error.ts";
import { SYMBOLS } from "./symbols.ts";

/**
 * Where librpm's functions are looked up, best first. Through libsolvext they are those of the librpm that it is linked
 * with, which matters where two are installed: each has macros and open databases of its own.
 */
const LIBRARIES = ["libsolvext.so.1", "librpm.so.10", "librpm.so.9", "librpm.so.8"];

export type Symbols = ReturnType<typeof lazySymbols<typeof SYMBOLS>>;

interface Librpm {
  /** The library that its functions are looked up in. */
  readonly library: string;
  readonly symbols: Symbols;
  /** Everything that librpm had to say, which would go to standard output and error otherwise. */
  readonly log: MemoryStream;
}

let opened: Librpm | undefined;

/**
 * librpm, with the host's configuration read. Needs the permission `ffi`.
 *
 * @throws {RedpakError} `E_LIBRARY_MISSING`, `E_LIBRARY_UNFIT`
 */
export function librpm(): Symbols {
  return (opened ??= open()).symbols;
}

/** The library that all functions of librpm are found in, which is ready for use then. */
export function librpmLibrary(): string {
  return (opened ??= open()).library;
}

/** Has no files, and nobody can make any: where librpm looks for the configuration of whoever calls it. */
const NO_HOME = "/proc/self/task";

const libc = lazySymbols("libc.so.6", {
  /** `char *getenv(const char *name)`: the environment's */
  getenv: { parameters: ["buffer"], result: "usize" },
  /** `int setenv(const char *name, const char *value, int overwrite)` */
  setenv: { parameters: ["buffer", "buffer", "i32"], result: "i32" },
  /** `int unsetenv(const char *name)` */
  unsetenv: { parameters: ["buffer"], result: "i32" },
});

/** A variable has this value for C code in the `using` block; children that are started in it inherit it. */
class Variable implements Disposable {
  readonly #name: Uint8Array<ArrayBuffer>;
  readonly #before: Uint8Array<ArrayBuffer> | undefined;

  constructor(name: string, value: string) {
    this.#name = cText(name);
    const before = libc.getenv(this.#name);
    if (before !== NULL) this.#before = cText(readText(before));
    libc.setenv(this.#name, cText(value), 1);
  }

  [Symbol.dispose](): void {
    if (this.#before === undefined) libc.unsetenv(this.#name);
    else libc.setenv(this.#name, this.#before, 1);
  }
}

function open(): Librpm {
  const library = findLibrpm();
  const librpm = { library, symbols: lazySymbols(library, SYMBOLS), log: new MemoryStream() };
  const { symbols, log } = librpm;
  symbols.rpmlogSetFile(log.file);
  // Without a home it would take that of passwd(5), or ~ by that very name.
  using _home = new Variable("HOME", NO_HOME);
  using _configuration = new Variable("XDG_CONFIG_HOME", NO_HOME);
  if (symbols.rpmReadConfigFiles(null, null) === 0) return librpm;
  throw new LibraryUnfit(
    `librpm ${readText(symbols.RPMVERSION)}`,
    `cannot read its configuration: ${firstError(log.text()) ?? "it does not say why"}`,
  );
}

/** The name of the library that librpm's functions are looked up in. @throws {RedpakError} `E_LIBRARY_MISSING` */
export function findLibrpm(): string {
  const errors: unknown[] = [];
  for (const name of LIBRARIES) {
    try {
      checkLibrary(name, "rpmtsCreate");
      return name;
    } catch (error) {
      errors.push(error);
    }
  }
  throw new LibraryMissing(["librpm.so.10", ".9", ".8"], new AggregateError(errors));
}

/** The version of librpm, as in `4.18.0`. */
export function rpmVersion(): string {
  return readText(librpm().RPMVERSION);
}

/** What librpm says from now on. */
export class Log {
  readonly #start: number;

  constructor() {
    this.#start = this.#all().length;
  }

  text(): string {
    return this.#all().slice(this.#start);
  }

  /** @throws {RpmError} the first error in it: what follows are usually consequences */
  check(): void {
    const error = firstError(this.text());
    if (error !== undefined) throw new RpmError(error);
  }

  #all(): string {
    librpm();
    return opened!.log.text();
  }
}

function firstError(messages: string): string | undefined {
  return /^(?:fatal )?error: (.*)$/m.exec(messages)?.[1];
}

/** A macro has this value in the `using` block, whatever the host's and the user's configuration say. */
export class Macro implements Disposable {
  readonly #name: Uint8Array<ArrayBuffer>;

  constructor(name: string, value: string) {
    this.#name = cText(name);
    // A value is expanded whenever the macro is: what is a text must stay one.
    librpm().rpmPushMacro(NULL, this.#name, null, cText(value.replaceAll("%", "%%")), RMIL.CMDLINE);
  }

  [Symbol.dispose](): void {
    librpm().rpmPopMacro(NULL, this.#name);
  }
}
