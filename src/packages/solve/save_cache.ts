import { parentPath } from "../../core/path.ts";
import { errnoOf } from "../../store/io_error.ts";
import { removeQuietly, syncDirectory, temporaryPath } from "../../store/durable.ts";

/**
 * Puts a cache in place in one step. Without it everything works, only later: what keeps it from being written (a full or
 * read-only file system, another user's directory, a command that may not write) is no failure.
 */
export function saveCache(path: string, content: () => Uint8Array): void {
  const directory = parentPath(path);
  const temporary = temporaryPath(directory, "cache");
  try {
    const bytes = content();
    {
      using file = Deno.openSync(temporary, { write: true, createNew: true, mode: 0o644 });
      for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
      // A cache of the right size and of zeros would be believed after a power cut.
      file.syncSync();
    }
    Deno.renameSync(temporary, path);
    syncDirectory(directory);
  } catch (error) {
    removeQuietly(temporary);
    if (errnoOf(error) === undefined && !(error instanceof Deno.errors.NotCapable)) throw error;
  }
}
