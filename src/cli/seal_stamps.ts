import { AT_FDCWD } from "../../ffi/libc/constants.ts";
import { fileDetails, type FileTime, isSymlink } from "../../ffi/libc/file_status.ts";
import { isErrno } from "../../ffi/libc/system_call_error.ts";
import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { parentPath, resolvePath } from "../core/path.ts";
import type { Stamp } from "../plan/seal_plan.ts";
import type { LoadedFamily } from "../store/load_family.ts";
import { POLICY_FILE } from "../store/load_policy.ts";
import { ADMIN_FILES, NORMAL_FILES, STATUS_FILE } from "../store/node_files.ts";
import type { HostPolicy } from "./host_policy.ts";

/**
 * Every file that a plan was made from, and every one that would have been read if it were there.
 *
 * @param used files of the host that were asked on the way
 */
export function sourcesOf(family: LoadedFamily, policy: HostPolicy | undefined, used: Iterable<string>): string[] {
  const profiles = family.flatMap(({ normal, admin }) => [normal.profile, admin?.profile])
    .flatMap((profile) => profile === undefined ? [] : [profile.locate([]).file]);
  const nodes = family.flatMap(({ path }) =>
    [STATUS_FILE, ...NORMAL_FILES, ...ADMIN_FILES].map((name) => `${path}/${name}`)
  );
  // A directory that becomes a node confines those below it.
  const above: string[] = [];
  for (let path = parentPath(family[0].path); path !== "/"; path = parentPath(path)) {
    above.push(`${path}/${STATUS_FILE}`);
  }
  // Those that are shipped are no files.
  const others = [...profiles, ...policy?.files ?? [POLICY_FILE]].filter((file) => file.startsWith("/"));
  return [...new Set([...nodes, ...above, ...others, ...used])];
}

/** Links that lead to each other without end are no configuration. */
const MOST_LINKS = 40;

/** What is at a path, and, where that is a link, what it leads to. */
export function stampOf(kernel: Kernel, path: string): Stamp[] {
  const stamps: Stamp[] = [];
  for (let at = path; stamps.length < MOST_LINKS;) {
    const details = look(kernel, at);
    stamps.push(
      details === undefined ? { path: at, inode: 0n, size: 0n, modified: 0n, changed: 0n } : {
        path: at,
        inode: details.inode,
        size: BigInt(details.size),
        modified: nanoseconds(details.modified),
        changed: nanoseconds(details.changed),
      },
    );
    if (details === undefined || !isSymlink(details)) break;
    at = resolvePath(parentPath(at), Deno.readLinkSync(at));
  }
  return stamps;
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
