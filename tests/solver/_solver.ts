import { LibraryMissing } from "../../ffi/library_error.ts";
import { libsolv } from "../../ffi/libsolv/libsolv.ts";

const ignore = isMissing();

function isMissing(): boolean {
  try {
    libsolv();
    return false;
  } catch (error) {
    if (!(error instanceof LibraryMissing)) throw error;
    console.log(`skipped: ${error.message}`);
    return true;
  }
}

/** A test that needs libsolv; without it, it says so and is skipped. */
export function solverTest(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, ignore, fn });
}
