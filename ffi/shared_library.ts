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

/**
 * The symbols of a library, each bound when it is first used: binding costs 0.2 ms and more for each, and a command needs
 * a few of many.
 */
export function lazySymbols<S extends Interface>(name: string, table: S): Deno.DynamicLibrary<S>["symbols"] {
  const symbols = {};
  for (const symbol of Object.keys(table)) {
    Object.defineProperty(symbols, symbol, {
      configurable: true,
      get() {
        const bound = openLibrary(name, { [symbol]: table[symbol]! })[symbol];
        Object.defineProperty(symbols, symbol, { value: bound });
        return bound;
      },
    });
  }
  return symbols as Deno.DynamicLibrary<S>["symbols"];
}
