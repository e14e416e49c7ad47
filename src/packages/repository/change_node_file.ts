import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { parentPath } from "../../core/path.ts";
import { replaceFile, syncDirectory } from "../../store/durable.ts";
import { ioError, isAbsent } from "../../store/io_error.ts";
import { lockNode } from "../../store/lock_node.ts";
import { readRegularFile } from "../../store/read_file.ts";
import { refuseReplaceable } from "../../store/trust.ts";

/** A file of a node, the text that it has and the text that it is to have; none: it is not there. */
export interface NodeFileChange {
  readonly node: string;
  readonly file: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * Carries out changes, each in one step, under the node's lock, if every file is still what it was when that was decided.
 *
 * @throws {RedpakError} `E_BUSY`, `E_CHANGED`, `E_NOT_TRUSTED`, `E_NOT_REGULAR`
 */
export function changeNodeFiles(node: string, changes: readonly NodeFileChange[], uid: number): void {
  using _lock = lockNode(node);
  for (const change of changes) inspect(change, uid);
  for (const { file, before, after } of changes) {
    try {
      Deno.mkdirSync(parentPath(file), { recursive: true, mode: 0o755 });
      if (after !== undefined) replaceFile(file, after, before === undefined ? undefined : Deno.statSync(file));
      else Deno.removeSync(file);
      if (after === undefined) syncDirectory(parentPath(file));
    } catch (error) {
      throw ioError("change", file, error);
    }
  }
}

function inspect({ file, before }: NodeFileChange, uid: number): void {
  const existing = before === undefined ? deepestExisting(parentPath(file)) : file;
  refuseReplaceable(existing, uid);
  if (Deno.realPathSync(existing) !== existing) throw refuse(file, "E_NOT_REGULAR", "a symbolic link leads to it");
  const now = readRegularFile(file);
  const text = now && new TextDecoder("utf-8", { ignoreBOM: true }).decode(now.bytes);
  if (text !== before) throw refuse(file, "E_CHANGED", "somebody else has changed it meanwhile: try again");
}

function deepestExisting(directory: string): string {
  try {
    Deno.lstatSync(directory);
    return directory;
  } catch (error) {
    if (!isAbsent(error)) throw ioError("inspect", directory, error);
    return deepestExisting(parentPath(directory));
  }
}

function refuse(file: string, code: string, reason: string): RedpakError {
  return new RedpakError({ code, exit: EXIT.configuration, message: `Cannot change "${file}": ${reason}` });
}
