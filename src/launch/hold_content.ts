import { AT, AT_FDCWD, STATX } from "../../ffi/libc/constants.ts";
import type { Descriptor } from "../../ffi/libc/descriptor.ts";
import { STATX_LAYOUT } from "../../ffi/libc/file_status.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { openContentLock, tryContentLock } from "../host/content_lock.ts";
import { COMMIT_FILE, STATE_DIRECTORY } from "../store/node_files.ts";
import { attempt } from "./launch_error.ts";

/** Milliseconds to wait for the switch of a node's content, which takes a few. */
const PATIENCE = 5_000;
const PAUSE = 5;

/** The content of nodes, which nobody switches before it is let go of. */
export interface HeldContent extends Disposable {
  readonly descriptors: readonly number[];
}

/**
 * Keeps the content of a node and of its ancestors from being switched while a launch takes it: what the program sees is
 * all of it from before a transaction, or all of it from after.
 *
 * @param nodes paths
 * @param complete finishes a switch that something has stopped; says whether it could
 * @throws {RedpakError} `E_BUSY` where one stays unfinished
 */
export async function holdContent(
  kernel: Kernel,
  nodes: readonly string[],
  complete: (node: string) => Promise<boolean>,
): Promise<HeldContent> {
  const held: Descriptor[] = [];
  try {
    for (const node of nodes) {
      const lock = await holdNode(kernel, node, complete);
      if (lock !== undefined) held.push(lock);
    }
  } catch (error) {
    held.forEach((lock) => lock[Symbol.dispose]());
    throw error;
  }
  return {
    descriptors: held.map(({ number }) => number),
    [Symbol.dispose]: () => held.forEach((lock) => lock[Symbol.dispose]()),
  };
}

/** `undefined` where the lock cannot be had, and no switch is the reason for that. */
async function holdNode(
  kernel: Kernel,
  node: string,
  complete: (node: string) => Promise<boolean>,
): Promise<Descriptor | undefined> {
  for (const end = performance.now() + PATIENCE;;) {
    const { lock, isHeld, isPending } = attempt({ verb: "launch", object: node }, () => {
      const lock = open(kernel, node);
      const isHeld = lock !== undefined && tryContentLock(kernel, lock, "shared");
      return { lock, isHeld, isPending: isSwitching(kernel, node) };
    });
    if (isHeld && !isPending) return lock;
    lock?.[Symbol.dispose]();
    if (isHeld && await complete(node)) continue;
    if (performance.now() >= end || lock === undefined) {
      // Who switches content has written down that it does: others who hold the lock must not keep nodes from starting.
      if (!isPending) return undefined;
      throw busy(node);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

function open(kernel: Kernel, node: string): Descriptor | undefined {
  try {
    return openContentLock(kernel, AT_FDCWD, node);
  } catch (error) {
    if (isErrno(error, "EACCES", "ENOENT")) return undefined;
    throw error;
  }
}

function isSwitching(kernel: Kernel, node: string): boolean {
  const path = `${node}/${STATE_DIRECTORY}/${COMMIT_FILE}`;
  try {
    kernel.statx(AT_FDCWD, path, AT.SYMLINK_NOFOLLOW, STATX.BASIC_STATS, new Uint8Array(STATX_LAYOUT.size));
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}

function busy(node: string): RedpakError {
  return new RedpakError({
    code: "E_BUSY",
    exit: EXIT.busy,
    message: `Cannot launch "${node}": a transaction in it is not finished`,
    hints: [`redpak recover ${node} finishes it, as root or as the owner of the node`],
  });
}
