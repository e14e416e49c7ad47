import { libc } from "../../ffi/libc/libc.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { readOf } from "./process.ts";
import { readSpecial } from "./read_special.ts";

/**
 * Who holds a lock of flock(2) on a file, as proc_locks(5) tells: `redpak (process 4711)`. `undefined` where the holder is
 * of another pid namespace, or has just let go. The file is given by the numbers of stat(2).
 */
export function findLockHolder(
  { dev, ino }: { readonly dev: number; readonly ino: number | null },
  kernel: Kernel = libc(),
): string | undefined {
  try {
    const line = parseLocks(readSpecial("/proc/locks", kernel)).find((lock) =>
      lock.inode === ino && lock.device === dev && lock.pid > 0
    );
    const command = line && readOf(kernel, line.pid, "comm");
    return line && command && `${command.trimEnd()} (process ${line.pid})`;
  } catch (error) {
    if (isErrno(error, "ENOENT", "EACCES")) return undefined;
    throw error;
  }
}

/** The locks that are held; those that are waited for are marked with an arrow, and left out. */
export function parseLocks(text: string): { readonly pid: number; readonly device: number; readonly inode: number }[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\d+: FLOCK +\w+ +\w+ +(-?\d+) ([\da-f]+):([\da-f]+):(\d+) /.exec(line);
    if (match === null) return [];
    const [, pid, major, minor, inode] = match;
    return [{
      pid: Number(pid),
      device: deviceNumber(parseInt(major!, 16), parseInt(minor!, 16)),
      inode: Number(inode),
    }];
  });
}

/** makedev(3), as far as a double holds it. */
function deviceNumber(major: number, minor: number): number {
  return (minor & 0xff) + (major & 0xfff) * 2 ** 8 + (minor >>> 8) * 2 ** 20 + (major >>> 12) * 2 ** 44;
}
