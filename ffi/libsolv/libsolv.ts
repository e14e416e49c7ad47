import { LibraryMissing, LibraryUnfit } from "../library_error.ts";
import { checkLibrary, lazySymbols } from "../shared_library.ts";
import { checkLayout } from "./check_layout.ts";
import { SYMBOLS } from "./symbols.ts";

/** Linked with libsolv, whose functions are found through it too. */
export const LIBRARY = "libsolvext.so.1";

export type Symbols = ReturnType<typeof lazySymbols<typeof SYMBOLS>>;

let opened: Symbols | undefined;

/**
 * libsolv, with its structs looked at. Needs the permission `ffi`.
 *
 * @throws {RedpakError} `E_LIBRARY_MISSING`, `E_LIBRARY_UNFIT`
 */
export function libsolv(): Symbols {
  return opened ??= open();
}

function open(): Symbols {
  try {
    checkLibrary(LIBRARY, "pool_create");
  } catch (error) {
    throw new LibraryMissing([LIBRARY], error);
  }
  try {
    checkLibrary(LIBRARY, "repo_add_rpm_handle");
  } catch (error) {
    throw new LibraryUnfit(LIBRARY, "of this system knows no RPM packages", error);
  }
  const symbols = lazySymbols(LIBRARY, SYMBOLS);
  const mismatch = checkLayout(symbols);
  if (mismatch === undefined) return symbols;
  throw new LibraryUnfit(LIBRARY, `of this system keeps ${mismatch} in another place than any known version`);
}
