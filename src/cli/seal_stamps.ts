import { AT_FDCWD } from "../../ffi/libc/constants.ts";
import { type FileDetails, fileDetails, type FileTime, isSymlink } from "../../ffi/libc/file_status.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { parentPath, resolvePath } from "../core/path.ts";
import type { Operation } from "../plan/operation.ts";
import type { Stamp } from "../plan/seal_plan.ts";

/** Links that lead to each other without end are no configuration. */
const MOST_LINKS = 40;

/** What is at a path, and, where that is a link, what it leads to. */
export function stampOf(kernel: Kernel, path: string): Stamp[] {
  const stamps: Stamp[] = [];
  for (let at = path; stamps.length < MOST_LINKS;) {
    const details = look(kernel, at);
    const [inode = 0n, size = 0n, modified = 0n, changed = 0n] = numbersOf(details);
    stamps.push({ path: at, inode, size, modified, changed });
    if (details === undefined || !isSymlink(details)) break;
    at = resolvePath(parentPath(at), Deno.readLinkSync(at));
  }
  return stamps;
}

/** Whether everything that a launcher was made from is as it was. The stage looks again when the launcher is started. */
export function areFresh(kernel: Kernel, { files, stamps }: Operation<"sealed">): boolean {
  return files.every((path, index) => {
    const numbers = numbersOf(look(kernel, path));
    return [0, 1, 2, 3].every((at) => (numbers[at] ?? 0n) === stamps[4 * index + at]);
  });
}

/** Inode, size and times; none of what is not there. */
function numbersOf(details: FileDetails | undefined): bigint[] {
  if (details === undefined) return [];
  return [details.inode, BigInt(details.size), nanoseconds(details.modified), nanoseconds(details.changed)];
}

function look(kernel: Kernel, path: string) {
  try {
    return fileDetails(kernel, AT_FDCWD, path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** As the stage counts: before 1970 in the two's complement. */
function nanoseconds({ seconds, nanoseconds }: FileTime): bigint {
  return BigInt.asUintN(64, BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
}
