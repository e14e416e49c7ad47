type Interface = Deno.ForeignLibraryInterface;

/** Absolute paths first: a grant of the permission may name them, and no search path is involved. */
function placesOf(name: string): string[] {
  return [`/lib/${Deno.build.arch}-linux-gnu/${name}`, `/lib64/${name}`, name];
}

/**
 * Opens a shared library of the host, for as long as the process lives.
 *
 * @param name such as `libc.so.6`
 * @throws {AggregateError} the reason for each place, where it is nowhere or lacks a symbol
 */
export function openLibrary<S extends Interface>(name: string, symbols: S): Deno.DynamicLibrary<S>["symbols"] {
  const errors: unknown[] = [];
  for (const path of placesOf(name)) {
    try {
      return Deno.dlopen(path, symbols).symbols;
    } catch (error) {
      errors.push(error);
    }
  }
  throw new AggregateError(errors, `Cannot open the library "${name}"`);
}

/** As `openLibrary`, only to find out whether a library is there and has a symbol. */
export function checkLibrary(name: string, symbol: string): void {
  openLibrary(name, { [symbol]: { type: "pointer" } });
}

/**
 * The symbols of a library, each bound when it is first used: a command needs a few of many.
 *
 * Deno compiles machine code for each function that it binds, in 0.2 to 0.9 ms, by which optimised code calls it directly. A
 * command calls most functions a few times. So each is bound without such code first, in 0.04 ms, and with it once it has
 * been called so often that this pays.
 */
export function lazySymbols<S extends Interface>(name: string, table: S): Deno.DynamicLibrary<S>["symbols"] {
  const symbols = {};
  const define = (symbol: string, value: unknown) => {
    Object.defineProperty(symbols, symbol, { configurable: true, value });
    return value;
  };
  for (const [symbol, definition] of Object.entries(table)) {
    const bind = () => define(symbol, openLibrary(name, { [symbol]: definition })[symbol]);
    const get = () => "type" in definition ? bind() : define(symbol, bindQuickly(name, symbol, definition, bind));
    Object.defineProperty(symbols, symbol, { configurable: true, get });
  }
  return symbols as Deno.DynamicLibrary<S>["symbols"];
}

/** A call takes 1 µs longer without code of its own. */
const CALLS_WORTH_CODE = 500;

/**
 * Deno compiles nothing for functions with a struct among the parameters. One that the function does not have changes
 * nothing for it: an argument too many is left where it is, in a register or on the caller's stack.
 */
const NO_CODE = { struct: ["u64"] } as const;
const NOTHING = new Uint8Array(8);

type AnyFunction = (...args: readonly unknown[]) => unknown;

/** @returns null where the symbol is optional and the library lacks it */
function bindQuickly(
  name: string,
  symbol: string,
  definition: Deno.ForeignFunction,
  bind: () => unknown,
): AnyFunction | null {
  const parameters = [...definition.parameters, NO_CODE];
  const bound = openLibrary(name, { [symbol]: { ...definition, parameters } })[symbol] as AnyFunction | null;
  if (bound === null) return null;
  let calls = 0;
  return (...args) => {
    if (++calls === CALLS_WORTH_CODE) {
      // Whoever still has this function goes on with it.
      try {
        bind();
      } catch {
        /* librpm has changed the root directory, where the library cannot be opened: everybody goes on with it */
      }
    }
    return bound(...args, NOTHING);
  };
}
