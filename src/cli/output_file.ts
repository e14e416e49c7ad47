import { libc } from "../../ffi/libc/libc.ts";
import { baseName, parentPath } from "../core/path.ts";
import { Directory } from "../packages/generation/directory.ts";
import { replaceFile } from "../packages/generation/durable_file.ts";
import { forbidChanges, forbidChangesByMounts } from "../host/forbid_changes.ts";
import { ioError } from "../store/io_error.ts";

/**
 * The file that a command was asked for, of a command that forbids itself all changes before it knows what to write: the
 * directory is open, and what is open stays as it is.
 */
export class OutputFile implements Disposable {
  readonly #directory: Directory;

  /** @throws {RedpakError} `E_IO`, `E_NOT_FOUND`, `E_NOT_PERMITTED` */
  constructor(readonly path: string) {
    this.#directory = this.#attempt(() => Directory.at(libc(), Deno.realPathSync(parentPath(path))));
  }

  /** In one step, as `writeOutputFile`. @throws {RedpakError} as that */
  write(text: string): void {
    this.#attempt(() => replaceFile(this.#directory, baseName(this.path), text));
  }

  #attempt<T>(step: () => T): T {
    try {
      return step();
    } catch (error) {
      throw ioError("write", this.path, error);
    }
  }

  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]();
  }
}

/** Before any library is asked: nothing is changed from now on but that file, where there is one. */
export function forbidChangesBut(file: OutputFile | undefined): void {
  if (file === undefined) forbidChanges();
  else forbidChangesByMounts();
}
