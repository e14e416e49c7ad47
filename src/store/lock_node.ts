import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { ioError } from "./io_error.ts";

/**
 * Takes the node for one writer. The lock is flock(2) on the node's directory: it ends with its holder whatever happens
 * to it, leaves nothing behind, and needs no file that somebody could replace by a link.
 *
 * @throws {RedpakError} `E_BUSY` while another redpak holds it
 */
export function lockNode(path: string): Disposable {
  let directory: Deno.FsFile;
  try {
    directory = Deno.openSync(path, { read: true });
  } catch (error) {
    throw ioError("lock node", path, error);
  }
  if (directory.tryLockSync(true)) return { [Symbol.dispose]: () => directory.close() };
  const inode = directory.statSync().ino;
  directory.close();
  throw new RedpakError({
    code: "E_BUSY",
    exit: EXIT.busy,
    message: `Cannot lock node "${path}": another process is changing it`,
    hints: [`lslocks -o PID,COMMAND,TYPE,INODE lists the holder: the line with inode ${inode}`],
  });
}
