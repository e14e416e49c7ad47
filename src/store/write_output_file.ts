import { replaceFile } from "./durable.ts";
import { ioError } from "./io_error.ts";

/**
 * Writes the file that a command was asked for, in one step: who reads it meanwhile reads the old one or the new one.
 *
 * @param mode its permissions; those of a new file when absent
 * @throws {RedpakError} `E_IO`, `E_NOT_FOUND`, `E_NOT_PERMITTED`, `E_NO_SPACE`
 */
export function writeOutputFile(file: string, content: string | Uint8Array, mode?: number): void {
  try {
    replaceFile(file, content, mode === undefined ? undefined : { mode, uid: null, gid: null });
  } catch (error) {
    throw ioError("write", file, error);
  }
}
