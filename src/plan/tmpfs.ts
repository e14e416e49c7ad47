import { type ByteSize, exceeds, showByteSize, smallest } from "../config/byte_size.ts";
import type { MergedConfig, MergedExport } from "../config/merged.ts";
import type { ScalarKey } from "../config/schema.ts";
import { formatPosition, type Position } from "../core/error.ts";
import { quote } from "../core/quote.ts";
import type { BuildContext } from "./build_context.ts";
import { noLinks } from "./no_links.ts";
import type { Operation } from "./operation.ts";

/**
 * File systems in memory. Who fills one takes memory from everybody, and who executes what he has put into one executes
 * code that nobody has installed: so each has a size, and none is executable, but with compatibility to redpak 2.5.
 */

/** What operations say of one, beside its place and owner. */
export type Tmpfs = Pick<Operation<"tmpfs">, "options" | "size" | "inodes">;

const MEBIBYTE = 2 ** 20;

/** Where nothing is said. */
const DEFAULT_SIZE = 64 * MEBIBYTE;

/** A file that holds anything takes at least this much. */
const BYTES_PER_INODE = 4096;
const FEWEST_INODES = 64;
const MOST_INODES = 2 ** 32 - 1;

function limitTo(size: ByteSize): Pick<Tmpfs, "size" | "inodes"> {
  if (size === "max") return { size: 0n, inodes: 0 };
  const inodes = Math.floor(size / BYTES_PER_INODE);
  return { size: BigInt(size), inodes: Math.min(Math.max(inodes, FEWEST_INODES), MOST_INODES) };
}

function options(isExecutable = false): Tmpfs["options"] {
  return ["nosuid", "nodev", ...isExecutable ? [] : ["noexec" as const]];
}

/** The largest size that a tmpfs of the node may have. */
export function chooseTmpfsSize({ scalars }: MergedConfig, compat = false): ByteSize {
  return scalars["tmpfs-size"]?.value ?? (compat ? "max" : DEFAULT_SIZE);
}

/** The root holds mount points, links, and the content of files that the configuration has. */
export function rootTmpfs({ request: { compat } }: BuildContext): Tmpfs {
  return { options: options(compat), ...limitTo(compat ? "max" : 16 * MEBIBYTE) };
}

/** /dev holds mount points and links, and whatever is exported in it needs one. */
export function deviceTmpfs({ request: { compat } }: BuildContext): Tmpfs {
  return compat ? { options: options(compat), ...limitTo("max") } : { options: options(), size: 65_536n, inodes: 1024 };
}

/** One of which nothing is said. */
export function defaultTmpfs({ merged, request: { compat } }: BuildContext): Tmpfs {
  const most = chooseTmpfsSize(merged, compat);
  return { options: options(compat), ...limitTo(compat ? most : smallest(most, DEFAULT_SIZE)) };
}

/** That of an export of mode Tmpfs; `at` tells where its keys stand. */
export function exportTmpfs(
  context: BuildContext,
  value: MergedExport,
  at: (key: "size" | "exec" | "nosymfollow") => Position,
): Tmpfs {
  const { mount, size, exec } = value;
  const { merged, request: { compat } } = context;
  const refuse = (key: "size" | "exec", setting: ScalarKey, what: string, held: string, needed: string) => {
    const where = merged.scalars[setting]?.where;
    context.problems.push({
      code: `E_TMPFS_${key.toUpperCase()}`,
      message: `Cannot make the tmpfs at ${quote(mount)} ${what}: ${setting} is ${held} ${
        where === undefined ? "by default" : `by ${formatPosition(where)}`
      }`,
      where: at(key),
      hints: [`set ${setting} to ${needed} in the node and all of its ancestors`],
    });
  };
  const most = chooseTmpfsSize(merged, compat);
  if (size !== undefined && exceeds(size, most)) {
    const shown = showByteSize(size);
    refuse(
      "size",
      "tmpfs-size",
      `as large as ${shown}`,
      showByteSize(most),
      size === "max" ? shown : `${shown} or more`,
    );
  }
  const mayExecute = merged.scalars["tmpfs-exec"]?.value ?? compat;
  if (exec === true && mayExecute !== true) refuse("exec", "tmpfs-exec", "executable", "false", "true");
  const made = {
    ...defaultTmpfs(context),
    ...exec === undefined ? {} : { options: options(exec) },
    ...size === undefined ? {} : limitTo(size),
  };
  return { ...made, options: [...made.options, ...noLinks(context, value, at)] };
}
