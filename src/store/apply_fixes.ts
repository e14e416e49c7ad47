import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { replaceFile } from "./durable.ts";
import { ioError } from "./io_error.ts";
import { lockNode } from "./lock_node.ts";
import { readRegularFile } from "./read_file.ts";
import { refuseReplaceable } from "./trust.ts";

/** A file of a node and the text that it gets. */
export interface FixedFile {
  readonly path: string;
  /** The text that the fixes were made for. */
  readonly before: string;
  readonly after: string;
}

/**
 * Gives files of a node their new texts, each in one step; owner and mode stay. Nothing is written unless every file is
 * what it was when the fixes were decided, and nobody but root and `uid` could put another in its place.
 *
 * @throws {RedpakError} `E_BUSY`, `E_NOT_TRUSTED`, `E_CHANGED`, `E_NOT_REGULAR`
 */
export function applyFixes(node: string, files: readonly FixedFile[], uid: number): void {
  using _lock = lockNode(node);
  const owners = files.map((file) => inspect(file, uid));
  files.forEach(({ path, after }, index) => {
    try {
      replaceFile(path, after, owners[index]);
    } catch (error) {
      throw ioError("write", path, error);
    }
  });
}

function inspect({ path, before }: FixedFile, uid: number): Deno.FileInfo {
  refuseReplaceable(path, uid);
  // A new file would take the place of the link, not of what it leads to.
  if (Deno.realPathSync(path) !== path) {
    throw refuse("E_NOT_REGULAR", path, "a symbolic link leads to it: change the file that it leads to");
  }
  const bytes = readRegularFile(path)?.bytes;
  if (bytes === undefined || decodeText(bytes) !== before) {
    throw refuse("E_CHANGED", path, "somebody else has changed it meanwhile: try again");
  }
  return Deno.lstatSync(path);
}

/** The text of a file as it is, byte order mark included. @throws {TypeError} where it is not UTF-8 */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

function refuse(code: string, path: string, reason: string): RedpakError {
  return new RedpakError({ code, exit: EXIT.configuration, message: `Cannot fix "${path}": ${reason}` });
}
