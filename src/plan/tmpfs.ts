import { type ByteSize, exceeds, showByteSize, smallest } from "../config/byte_size.ts";
import type { MergedConfig, MergedExport } from "../config/merged.ts";
import { formatPosition, type Position } from "../core/error.ts";
import { quote } from "../core/quote.ts";
import type { BuildContext } from "./build_context.ts";
import type { OperandTypes } from "./operation.ts";

/**
 * What file systems in memory can hold: who fills one takes memory from everybody, so each has a size, but with
 * compatibility to redpak 2.5.
 */

/** As operations say it. */
export interface Capacity {
  readonly size: OperandTypes["size"];
  readonly inodes: OperandTypes["number"];
}

const MEBIBYTE = 2 ** 20;

/** Of a tmpfs, where nothing is said. */
export const DEFAULT_SIZE = 64 * MEBIBYTE;

/** Whatever is put into a file takes this much at least, so that this many bytes for each file leave none unfilled. */
const BYTES_PER_INODE = 4096;
const FEWEST_INODES = 64;
const MOST_INODES = 2 ** 32 - 1;

function capacityOf(size: ByteSize): Capacity {
  if (size === "max") return { size: 0n, inodes: 0 };
  const inodes = Math.floor(size / BYTES_PER_INODE);
  return { size: BigInt(size), inodes: Math.min(Math.max(inodes, FEWEST_INODES), MOST_INODES) };
}

/** The largest size that a tmpfs of the node may have. */
export function chooseTmpfsSize({ scalars }: MergedConfig, compat = false): ByteSize {
  return scalars["tmpfs-size"]?.value ?? (compat ? "max" : DEFAULT_SIZE);
}

/** The root holds mount points, links, and the content of files that the configuration has. */
export function rootCapacity({ request }: BuildContext): Capacity {
  return capacityOf(request.compat ? "max" : 16 * MEBIBYTE);
}

/** /dev holds mount points and links, and whatever is exported in it needs one. */
export function deviceCapacity({ request }: BuildContext): Capacity {
  return request.compat ? capacityOf("max") : { size: 65_536n, inodes: 1024 };
}

/** Without a size of its own. */
export function defaultCapacity({ merged, request }: BuildContext): Capacity {
  const most = chooseTmpfsSize(merged, request.compat);
  return capacityOf(request.compat ? most : smallest(most, DEFAULT_SIZE));
}

/** Of an export of mode Tmpfs; `where` its size stands. */
export function exportCapacity(context: BuildContext, { size, mount }: MergedExport, where: Position): Capacity {
  if (size === undefined) return defaultCapacity(context);
  const { merged, request } = context;
  const most = chooseTmpfsSize(merged, request.compat);
  if (exceeds(size, most)) {
    const by = merged.scalars["tmpfs-size"];
    context.problems.push({
      code: "E_TMPFS_SIZE",
      message: `Cannot give the tmpfs at ${quote(mount)} a size of ${showByteSize(size)}: tmpfs-size is ${
        showByteSize(most)
      } ${by === undefined ? "by default" : `by ${formatPosition(by.where)}`}`,
      where,
      hints: [`set tmpfs-size to ${showByteSize(size)} or more in the node and all of its ancestors`],
    });
  }
  return capacityOf(size);
}
