import { parentPath } from "../core/path.ts";
import { TEMPORARY_PREFIX } from "./node_files.ts";

/** An unused name for something short-lived in `directory`. */
export function temporaryPath(directory: string, purpose: string): string {
  return `${directory}/${TEMPORARY_PREFIX}${purpose}-${crypto.randomUUID()}`;
}

/** Creates a file with its content on the disk. The name itself is durable after `syncDirectory`. */
export function writeNewFile(path: string, content: string | Uint8Array, mode = 0o644): void {
  // createNew is O_EXCL: a symbolic link that somebody put there is not followed.
  using file = Deno.openSync(path, { write: true, createNew: true, mode });
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
  file.syncSync();
}

/**
 * Puts a file in place in one step: whoever looks, and whenever the machine stops, sees the old content or the new one.
 *
 * @param like whose owner and mode the file gets; for directories that nobody else can write to, as it acts by name
 */
export function replaceFile(
  path: string,
  content: string | Uint8Array,
  like?: Pick<Deno.FileInfo, "mode" | "uid" | "gid">,
): void {
  const temporary = temporaryPath(parentPath(path), "write");
  try {
    writeNewFile(temporary, content, like === undefined ? 0o644 : 0o600);
    if (like !== undefined) {
      // INVARIANT: first the owner, for chown(2) takes away bits of the mode.
      Deno.chownSync(temporary, like.uid, like.gid);
      Deno.chmodSync(temporary, (like.mode ?? 0o600) & 0o7777);
    }
    Deno.renameSync(temporary, path);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
  syncDirectory(parentPath(path));
}

/** Makes the entries of a directory durable. */
export function syncDirectory(path: string): void {
  using directory = Deno.openSync(path, { read: true });
  directory.syncSync();
}

/** Clean-up on the way out of a failure, which is what gets reported. */
export function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch {
    // Nothing is there, or what made the operation fail also forbids this.
  }
}
