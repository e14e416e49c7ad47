import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { openContentLock, tryContentLock } from "../../host/content_lock.ts";
import { findLockHolder } from "../../host/lock_holder.ts";
import { attempt } from "../attempt.ts";
import type { LockedContent } from "./node_content.ts";

/** Milliseconds. A launch holds the lock for a hundredth of a second, on a slow device a few of them. */
const PATIENCE = 10_000;
const PAUSE = 5;

/**
 * Waits until no launch is taking the node's content, and lets none begin.
 *
 * @throws {RedpakError} `E_BUSY` where one does not come to its end
 */
export async function lockSwitch({ directory, path }: LockedContent): Promise<Disposable> {
  const { kernel } = directory;
  const lock = attempt("lock the content of", path, () => openContentLock(kernel, directory.number, "."));
  for (const end = performance.now() + PATIENCE; performance.now() < end;) {
    if (attempt("lock the content of", path, () => tryContentLock(kernel, lock, "exclusive"))) return lock;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  const holder = findLockHolder(Deno.statSync(`${path}/etc`), kernel);
  lock[Symbol.dispose]();
  throw new RedpakError({
    code: "E_BUSY",
    exit: EXIT.busy,
    message: `Cannot switch the content of "${path}": ${holder ?? "another process"} does not let go of it`,
    hints: ["a launch that was stopped half way does so: end it, and repeat the command"],
  });
}
