import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { ioError } from "./io_error.ts";

/** A node that nobody else changes. */
export interface NodeLock extends Disposable {
  /** What is locked: the directory, whatever its name has become. */
  readonly directory: LockedDirectory;
}

export interface LockedDirectory {
  readonly dev: number;
  readonly ino: number | null;
}

export interface LockOptions {
  /** Seconds to wait for another writer: 0 is an error at once, and says how to wait; absent where nobody can. */
  readonly wait?: number;
  /** Names who holds the lock, where that can be found out. */
  readonly findHolder?: (directory: LockedDirectory) => string | undefined;
}

/** Milliseconds between two attempts: flock(2) itself waits without end. */
const PAUSE = 50;

/**
 * Takes the node for one writer. The lock is flock(2) on the node's directory: it ends with its holder whatever happens
 * to it, leaves nothing behind, and needs no file that somebody could replace by a link.
 *
 * @throws {RedpakError} `E_BUSY` while another redpak holds it
 */
export function lockNode(path: string, options: Pick<LockOptions, "findHolder"> = {}): NodeLock {
  const attempt = tryLock(path);
  if ("lock" in attempt) return attempt.lock;
  throw busy(path, attempt.held, options);
}

/** As `lockNode`, for a command that may wait. */
export async function awaitNodeLock(path: string, options: LockOptions = {}): Promise<NodeLock> {
  const end = performance.now() + (options.wait ?? 0) * 1000;
  for (;;) {
    const attempt = tryLock(path);
    if ("lock" in attempt) return attempt.lock;
    if (performance.now() >= end) throw busy(path, attempt.held, options);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

/**
 * Takes a node whose packages are to be changed, and keeps those of its ancestors as they are for as long: whoever changes
 * one of them takes it alone, and what is installed in a node depends on all that are above it.
 *
 * @param ancestors paths, the topmost first
 * @returns the lock of the node
 * @throws {RedpakError} `E_BUSY` as `lockNode`, for whichever node it is
 */
export async function awaitFamilyLock(
  ancestors: readonly string[],
  node: string,
  options: LockOptions = {},
): Promise<NodeLock> {
  const end = performance.now() + (options.wait ?? 0) * 1000;
  for (;;) {
    const attempt = tryFamily(ancestors, node);
    if ("lock" in attempt) return attempt.lock;
    if (performance.now() >= end) throw busy(attempt.path, attempt.held, options);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

/** Whoever cannot have all of them keeps none: nobody waits for anybody with a lock in his hand. */
function tryFamily(ancestors: readonly string[], node: string) {
  using taken = new DisposableStack();
  for (const path of ancestors) {
    const attempt = tryLock(path, false);
    if ("held" in attempt) return { ...attempt, path };
    taken.use(attempt.lock);
  }
  const attempt = tryLock(node);
  if ("held" in attempt) return { ...attempt, path: node };
  taken.use(attempt.lock);
  const kept = taken.move();
  return { lock: { directory: attempt.lock.directory, [Symbol.dispose]: () => kept[Symbol.dispose]() } };
}

function tryLock(path: string, exclusive = true): { readonly lock: NodeLock } | { readonly held: LockedDirectory } {
  let directory: Deno.FsFile | undefined;
  try {
    directory = Deno.openSync(path, { read: true });
    const { dev, ino } = directory.statSync();
    const held = { dev, ino };
    if (directory.tryLockSync(exclusive)) {
      // Its last holder may have deleted it, or put another one in its place.
      if (Deno.statSync(path).ino === ino) {
        const locked = directory;
        directory = undefined;
        return { lock: { directory: held, [Symbol.dispose]: () => locked.close() } };
      }
    }
    return { held };
  } catch (error) {
    throw ioError("lock node", path, error);
  } finally {
    directory?.close();
  }
}

function busy(path: string, directory: LockedDirectory, { wait, findHolder }: LockOptions): RedpakError {
  const holder = findHolder?.(directory);
  return new RedpakError({
    code: "E_BUSY",
    exit: EXIT.busy,
    message: `Cannot lock node "${path}": ${holder ?? "another process"} is changing it`,
    hints: [
      ...holder === undefined
        ? [`lslocks -o PID,COMMAND,TYPE,INODE lists the holder: the line with inode ${directory.ino}`]
        : [],
      ...wait === 0 ? ["--wait waits until it is done"] : [],
    ],
  });
}
