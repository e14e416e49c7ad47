import { exceeds, showByteSize } from "../config/byte_size.ts";
import { setInFile } from "../config/set_in_file.ts";
import { formatPosition, type Problem } from "../core/error.ts";
import { chooseTmpfsSize } from "../plan/tmpfs.ts";
import { allowedValue, type Comparison, scalarPlace } from "./effective.ts";

/** The limit is compared, not the exports: the plan refuses those that exceed it. */
export function compareTmpfsSize(comparison: Comparison): Problem[] {
  const { child, ancestor } = comparison;
  const [mine, theirs] = [chooseTmpfsSize(child.merged), chooseTmpfsSize(ancestor.merged)];
  if (!exceeds(mine, theirs)) return [];
  const source = child.merged.scalars["tmpfs-size"];
  return [{
    code: "E_LOOSENED_TMPFS_SIZE",
    message: `Cannot set tmpfs-size to ${showByteSize(mine)}: ${showByteSize(theirs)} by ${
      formatPosition(scalarPlace(ancestor, "tmpfs-size"))
    }`,
    where: scalarPlace(child, "tmpfs-size"),
    limit: scalarPlace(ancestor, "tmpfs-size"),
    hints: [allowedValue("tmpfs-size", `${showByteSize(theirs)} or less`, comparison)],
    fix: source && setInFile(source, ["config", "tmpfs-size"], showByteSize(theirs)),
  }];
}
