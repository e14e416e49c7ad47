import { O } from "../../../ffi/libc/constants.ts";
import { fileDetails, isRegularFile } from "../../../ffi/libc/file_status.ts";
import { SystemCallError } from "../../../ffi/libc/system_call_error.ts";
import { readAll } from "../../host/read_special.ts";
import { writeAll } from "../../host/write_all.ts";
import { TEMPORARY_PREFIX } from "../../store/node_files.ts";
import { absent, type Directory } from "./directory.ts";

/** Bytes of the largest record that is read: that of a transaction with hundreds of thousands of files. */
const LIMIT = 64 * 1024 * 1024;

/** Makes a file with its content on the disk; its name is durable once the directory is. Throws SystemCallError. */
export function writeFile(directory: Directory, name: string, text: string): void {
  using file = directory.openFile(name, O.WRONLY | O.CREAT | O.EXCL, 0o644);
  const { kernel } = directory;
  writeAll(kernel, file.number, new TextEncoder().encode(text));
  kernel.fsync(file.number);
}

/** Puts a file in place in one step, durably. Throws SystemCallError. */
export function replaceFile(directory: Directory, name: string, text: string): void {
  const temporary = `${TEMPORARY_PREFIX}write-${crypto.randomUUID()}`;
  try {
    writeFile(directory, temporary, text);
    directory.rename(temporary, directory, name);
  } catch (error) {
    removeQuietly(directory, temporary);
    throw error;
  }
  directory.sync();
}

/** The text of a regular file, `undefined` where there is none. Throws SystemCallError. */
export function readFile(directory: Directory, name: string): string | undefined {
  return absent(() => {
    using file = directory.openFile(name, O.RDONLY);
    const details = fileDetails(directory.kernel, file.number, "");
    if (!isRegularFile(details)) throw new SystemCallError("read", "EINVAL");
    if (details.size > LIMIT) throw new SystemCallError("read", "EFBIG");
    return readAll(file.number, directory.kernel);
  });
}

/** Clean-up on the way out of a failure, which is what gets reported. */
function removeQuietly(directory: Directory, name: string): void {
  try {
    directory.remove(name);
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
  }
}
